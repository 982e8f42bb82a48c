import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Alert } from '#schema/contracts/alert.ts'
import { api } from './api.ts'

/** They are read again so often, milliseconds. */
const refreshMs = 10_000

/** The alerts that are open and that nobody has acknowledged, read again and again while its host is on the page and `may` is true. */
export class OpenAlerts implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #may: () => boolean
  #timer: ReturnType<typeof setInterval> | undefined
  all: readonly Alert[] = []

  constructor(host: ReactiveControllerHost, may: () => boolean) {
    this.#host = host
    this.#may = may
    host.addController(this)
  }

  hostConnected(): void {
    this.#timer = setInterval(() => void this.read(), refreshMs)
  }

  hostDisconnected(): void {
    clearInterval(this.#timer)
  }

  /** What can't be read now is read the next time. */
  async read(): Promise<void> {
    if (!this.#may()) return
    const open = await api.alerts('open').catch(() => null)
    if (!open) return
    this.all = open.filter(({ acknowledged_at }) => acknowledged_at === null)
    this.#host.requestUpdate()
  }
}
