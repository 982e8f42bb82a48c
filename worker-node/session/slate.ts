import type { Issue } from '#schema/contracts/live-stream.ts'
import type { JobSlate, JobSlates, SlateStatus } from '#schema/contracts/slate.ts'
import { type SlateMoment, slateMoments, type VideoEncoder } from '#schema/enums.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { delay } from '../delay.ts'
import type { Log } from '../observe/log.ts'
import { encodeSlate, prepareSlate, type SlateContent, type SlateSet } from '../transcode/slate.ts'
import { SlateError } from '../transcode/slate-error.ts'
import { hardwareFault } from './encoder.ts'
import type { SessionHost } from './options.ts'
import { slateIssue, uploadIssue } from './report.ts'

/** An upload that could not be used is tried again after this, milliseconds: control may only have been away. */
const againMs = 30_000
/** Longest wait between two tries where nothing at all can be shown, milliseconds. */
const longestWaitMs = 60_000

export interface SessionSlateOptions {
  readonly host: Pick<SessionHost, 'ffmpeg' | 'slateDir' | 'fetchAsset'>
  readonly signal: AbortSignal
  readonly log: Log
  /** The stream's name, as it is now. */
  readonly title: () => string
  /** What is wanted now. */
  readonly slates: () => JobSlates
  /** A slate is ready to be shown, the first or another one. */
  readonly onReady: (slate: SlateSet) => void
}

/** A slate that is wanted at some moment, and how far it is. */
interface Entry {
  readonly key: string
  readonly content: SlateContent
  readonly abort: AbortController
  state: 'encoding' | 'ready' | 'failed'
  percent: number
  problem: string | null
  failedAtMs: number
}

interface Shown {
  readonly moment: SlateMoment
  readonly plan: string
  readonly key: string
  readonly slate: SlateSet
}

/**
 * The slates of a session. Those that may be needed are encoded one after the other, beside the live encode; only the one
 * of the present moment is held in memory. Until one of somebody's own is ready, and where it can't be made, the card
 * takes its place; a slate that is shown stays until its successor is ready.
 */
export class SessionSlate {
  readonly #options: SessionSlateOptions
  readonly #entries = new Map<SlateMoment, Entry>()
  /** A source that is there is only ever followed by the slate of a loss. */
  #moment: SlateMoment = 'during'
  #plan: EncodePlan | undefined
  #shown: Shown | undefined
  #showing: { readonly key: string; readonly slate: Promise<SlateSet | undefined> } | undefined
  #isWorking = false
  /** What goes on by itself: see `idle`. */
  readonly #underWay = new Set<Promise<unknown>>()
  #againTimer: NodeJS.Timeout | undefined
  #cardIssues: Issue[] = []
  #failedEncoder: VideoEncoder | undefined

  constructor(options: SessionSlateOptions) {
    this.#options = options
  }

  /** What can be shown now. */
  get ready(): SlateSet | undefined {
    return this.#shown?.slate
  }

  /** The hardware encoder that the last card failed by; undefined where it did not. */
  get failedEncoder(): VideoEncoder | undefined {
    return this.#failedEncoder
  }

  get issues(): readonly Issue[] {
    const problems = new Set([...this.#entries.values()].flatMap(({ problem }) => problem ?? []))
    return [...this.#cardIssues, ...Array.from(problems, uploadIssue)]
  }

  status(): SlateStatus {
    const of = (moment: SlateMoment) => {
      const entry = this.#entries.get(moment)
      return entry ? { state: entry.state, percent: Math.round(entry.percent), detail: entry.problem } : null
    }
    return { before: of('before'), during: of('during'), after: of('after') }
  }

  /** Another moment has come. Gives what is shown for it; undefined where there is nothing. */
  async show(moment: SlateMoment): Promise<SlateSet | undefined> {
    this.#moment = moment
    return this.#plan ? this.make(this.#plan) : undefined
  }

  /**
   * Makes what is wanted now for this plan, where it is not there or under way. Gives what can be shown first; undefined
   * where nothing can be made, which becomes an issue.
   */
  make(plan: EncodePlan): Promise<SlateSet | undefined> {
    this.#plan = plan
    const slates = this.#options.slates()
    for (const moment of slateMoments) this.#want(moment, slates, plan)
    const shown = this.#present()
    this.#follow(this.#work())
    return shown
  }

  /** The same, tried again and again where nothing can be made, for as long as it `isWanted`, for what is planned then. */
  async makePatiently(plan: () => EncodePlan, isWanted: () => boolean): Promise<SlateSet | undefined> {
    const { signal } = this.#options
    for (let waitMs = 1_000; isWanted() && !signal.aborted; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      const slate = await this.make(plan())
      if (slate) return slate
      await delay(waitMs, signal)
    }
    return undefined
  }

  /** Resolves when nothing is being made any more; for when the signal has aborted. */
  async idle(): Promise<void> {
    clearTimeout(this.#againTimer)
    await Promise.all(this.#underWay)
  }

  #follow(work: Promise<unknown>): void {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  #want(moment: SlateMoment, slates: JobSlates, plan: EncodePlan): void {
    const content = this.#contentOf(moment, slates[moment])
    const key = JSON.stringify([content, plan])
    const present = this.#entries.get(moment)
    const isNeeded = moment === this.#moment || moment === 'during' || (moment === 'after' && slates.after_seconds > 0)
    const isOver = moment === 'during' && this.#moment === 'after'
    if (isNeeded && !isOver) {
      const mayTryAgain = present?.state === 'failed' && performance.now() - present.failedAtMs >= againMs
      if (present?.key === key && !mayTryAgain) return
      present?.abort.abort()
      const abort = new AbortController()
      this.#entries.set(moment, { key, content, abort, state: 'encoding', percent: 0, problem: null, failedAtMs: 0 })
    } else {
      present?.abort.abort()
      this.#entries.delete(moment)
    }
  }

  #contentOf(moment: SlateMoment, choice: JobSlate): SlateContent {
    if (choice.type === 'card')
      return { kind: 'card', heading: choice.text ?? usualWords[moment], title: this.#options.title() }
    const { asset } = choice
    const path = () => this.#options.host.fetchAsset(asset, this.#options.signal)
    return { kind: choice.type, sha256: asset.sha256, contentType: asset.content_type, path }
  }

  /** Encodes one after the other what is not ready, the present moment's first. */
  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    try {
      for (let next = this.#nextToMake(); next && !this.#options.signal.aborted; next = this.#nextToMake())
        await this.#encode(...next)
    } finally {
      this.#isWorking = false
    }
  }

  #nextToMake(): [SlateMoment, Entry] | undefined {
    const waiting = [...this.#entries].filter(([, { state }]) => state === 'encoding')
    return waiting.find(([moment]) => moment === this.#moment) ?? waiting[0]
  }

  async #encode(moment: SlateMoment, entry: Entry): Promise<void> {
    const { log, signal, host } = this.#options
    // The card that fills in meanwhile goes first; often it is all that is wanted.
    await this.#showing?.slate
    try {
      await prepareSlate({
        ...this.#encodeOptions(entry.content),
        signal: AbortSignal.any([signal, entry.abort.signal]),
        onPercent: (percent) => {
          entry.percent = Math.min(99, percent)
        },
      })
      entry.state = 'ready'
      entry.percent = 100
    } catch (error) {
      if (signal.aborted || entry.abort.signal.aborted) {
        entry.state = 'failed'
        return
      }
      // What is wrong with somebody's own file is no fault of ours.
      const level = error instanceof SlateError && entry.content.kind !== 'card' ? 'warn' : 'error'
      log[level]({ err: error, moment, ffmpeg: host.ffmpeg.version }, 'a slate failed')
      entry.state = 'failed'
      entry.failedAtMs = performance.now()
      if (entry.content.kind !== 'card') {
        entry.problem = error instanceof Error ? error.message : 'It could not be encoded.'
        // A file that can't be read stays so; one that could not be fetched may come yet.
        if (!(error instanceof SlateError)) this.#tryAgain()
      }
    }
    if (moment === this.#moment && this.#entries.get(moment) === entry) await this.#present()
  }

  #tryAgain(): void {
    clearTimeout(this.#againTimer)
    this.#againTimer = setTimeout(() => this.#plan && void this.make(this.#plan), againMs)
  }

  /** Brings to the screen what is best for the present moment. */
  #present(): Promise<SlateSet | undefined> {
    const plan = JSON.stringify(this.#plan)
    const entry = this.#entries.get(this.#moment)
    const shown = this.#shown?.plan === plan && this.#shown.moment === this.#moment ? this.#shown : undefined
    const isOwn = entry?.state === 'ready' || entry?.content.kind === 'card'
    const content: SlateContent =
      entry && isOwn ? entry.content : this.#contentOf(this.#moment, { type: 'card', text: null })
    const key = JSON.stringify([content, plan])
    // What is shown stays while its successor is made, but not while one that failed has to be replaced.
    if (shown && (shown.key === key || (!isOwn && entry?.state === 'encoding'))) return Promise.resolve(shown.slate)
    if (this.#showing?.key !== key) {
      this.#showing = { key, slate: this.#bring(content, key, plan, this.#moment) }
      this.#follow(this.#showing.slate)
    }
    return this.#showing.slate
  }

  async #bring(content: SlateContent, key: string, plan: string, moment: SlateMoment): Promise<SlateSet | undefined> {
    const { signal, log, onReady } = this.#options
    this.#failedEncoder = undefined
    try {
      const slate = await encodeSlate(this.#encodeOptions(content))
      // Another moment, name or plan that came meanwhile brings its own.
      if (this.#showing?.key !== key) return undefined
      this.#shown = { moment, plan, key, slate }
      this.#cardIssues = []
      for (const entry of this.#entries.values())
        if (entry.content === content) Object.assign(entry, { state: 'ready', percent: 100 })
      onReady(slate)
      return slate
    } catch (error) {
      if (signal.aborted) return undefined
      log.error({ err: error }, 'the slate failed')
      this.#cardIssues = [slateIssue(error)]
      if (error instanceof SlateError && error.faultCode === hardwareFault) {
        this.#failedEncoder = this.#plan?.encoder
        // It may only have been busy.
        this.#tryAgain()
      }
      return undefined
    } finally {
      if (this.#showing?.key === key) this.#showing = undefined
    }
  }

  #encodeOptions(content: SlateContent) {
    const { host, signal } = this.#options
    if (!this.#plan) throw new Error('A slate is made for a plan.')
    return { ffmpeg: host.ffmpeg, cacheDir: host.slateDir, plan: this.#plan, content, signal }
  }
}

/** What the card says where nobody wrote anything else. */
const usualWords: Readonly<Record<SlateMoment, string>> = {
  before: 'Starting soon',
  during: 'Be right back',
  after: 'Thanks for watching',
}
