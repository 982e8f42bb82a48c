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

  /** Makes it now. Throws where it can't be made. */
  async make(plan: EncodePlan): Promise<SlateSet> {
    const { title, onReady, ...options } = this.#options
    const slate = await encodeSlate({ ...options, plan, title: title() })
    this.#ready = slate
    this.#issues = []
    onReady(slate)
    return slate
  }

  /** Makes it in the background; what goes wrong becomes an issue. */
  makeSoon(plan: EncodePlan): void {
    this.make(plan).catch((error: unknown) => {
      if (this.#options.signal.aborted) return
      this.#options.log.error({ err: error }, 'the slate failed')
      this.#issues = [slateIssue(error)]
    })
  }
}
