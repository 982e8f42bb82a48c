import type { ReactiveControllerHost } from 'lit'
import type { Alert } from '#schema/contracts/alert.ts'
import { api } from './api.ts'
import { ReadAgain } from './read-again.ts'

/** They are read again so often, milliseconds. */
const refreshMs = 10_000

/** The alerts that are open and that nobody has acknowledged, read again and again while its host is on the page and `may` is true. */
export class OpenAlerts {
  readonly #host: ReactiveControllerHost
  readonly #may: () => boolean
  readonly #reader: ReadAgain
  all: readonly Alert[] = []

  constructor(host: ReactiveControllerHost, may: () => boolean) {
    this.#host = host
    this.#may = may
    this.#reader = new ReadAgain(host, refreshMs, () => this.#read())
  }

  read(): Promise<void> {
    return this.#reader.now()
  }

  /** What can't be read now is read the next time. */
  async #read(): Promise<void> {
    if (!this.#may()) return
    const open = await api.alerts('open').catch(() => null)
    if (!open) return
    this.all = open.filter(({ acknowledged_at }) => acknowledged_at === null)
    this.#host.requestUpdate()
  }
}
