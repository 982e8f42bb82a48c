import type { Issue } from '#schema/contracts/live-stream.ts'
import type { Log } from './observe/log.ts'
import { slateIssue } from './session-report.ts'
import type { EncodePlan } from './transcode/plan.ts'
import { encodeSlate, type SlateOptions, type SlateSet } from './transcode/slate.ts'

export interface SessionSlateOptions extends Pick<SlateOptions, 'ffmpeg' | 'cacheDir' | 'signal'> {
  readonly log: Log
  /** The stream's name, as it is now. */
  readonly title: () => string
  /** A slate is ready, the first or a newer one. */
  readonly onReady: (slate: SlateSet) => void
}

/** Makes the slate of a session: beside the live encode, again when it failed, anew when the name has changed. */
export class SessionSlate {
  readonly #options: SessionSlateOptions
  #ready: SlateSet | undefined
  #readyKey = ''
  #making: { readonly key: string; readonly slate: Promise<SlateSet | undefined> } | undefined
  #issues: Issue[] = []

  constructor(options: SessionSlateOptions) {
    this.#options = options
  }

  get ready(): SlateSet | undefined {
    return this.#ready
  }

  get issues(): readonly Issue[] {
    return this.#issues
  }

  /**
   * Makes it for this plan with the present name, if it is not there or under way. Gives undefined where it can't be made,
   * which becomes an issue.
   */
  make(plan: EncodePlan): Promise<SlateSet | undefined> {
    const title = this.#options.title()
    const key = JSON.stringify([title, plan])
    if (this.#ready && this.#readyKey === key) return Promise.resolve(this.#ready)
    if (this.#making?.key !== key) this.#making = { key, slate: this.#encode(plan, title, key) }
    return this.#making.slate
  }

  async #encode(plan: EncodePlan, title: string, key: string): Promise<SlateSet | undefined> {
    const { ffmpeg, cacheDir, signal, log, onReady } = this.#options
    try {
      const slate = await encodeSlate({ ffmpeg, cacheDir, signal, plan, title })
      // A name or a plan that came meanwhile makes a slate of its own.
      if (this.#making?.key !== key) return undefined
      this.#ready = slate
      this.#readyKey = key
      this.#issues = []
      onReady(slate)
      return slate
    } catch (error) {
      if (signal.aborted) return undefined
      log.error({ err: error }, 'the slate failed')
      this.#issues = [slateIssue(error)]
      return undefined
    } finally {
      if (this.#making?.key === key) this.#making = undefined
    }
  }
}
