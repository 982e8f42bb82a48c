import type { SlateMoment } from '#schema/enums.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { feedKey } from '../transcode/outputs.ts'
import type { SessionFeed } from './feed.ts'
import type { PlannedSession } from './plan.ts'
import type { PackageSettings } from './viewers.ts'

/** Time passes in the splicers in steps of this, milliseconds: under one picture at 30 frames per second. */
const tickMs = 20

export interface SessionFeedsOptions {
  /** Makes a feed; viewers' feeds are told how they are to be packaged, but for the first. */
  readonly create: (key: string | undefined, packageSettings?: PackageSettings) => SessionFeed
  /** A feed is wanted no more: nothing comes of it from now on. */
  readonly onEnd: (key: string | undefined) => void
  /** A fault of ours, which is to cost this session and no other. */
  readonly onFault: (error: unknown) => void
}

/** The feeds of a session: the viewers', which may be followed by another edition of it, and those for destinations alone. */
export class SessionFeeds {
  readonly #options: SessionFeedsOptions
  /** By {@link feedKey}. */
  readonly #feeds = new Map<string | undefined, SessionFeed>()
  /** The feed that viewers get: the first has no key. */
  #viewersKey: string | undefined
  /** Which slate feeds that begin without a source begin with. */
  #moment: SlateMoment = 'before'
  /** Of the editions before the one that viewers get. */
  #formerSlateSeconds = 0
  /** Feeds that nobody wants any more, until what made their slates is gone. */
  readonly #endings = new Set<Promise<void>>()
  readonly #ticker: NodeJS.Timeout

  constructor(options: SessionFeedsOptions) {
    this.#options = options
    this.#feeds.set(undefined, options.create(undefined))
    this.#ticker = setInterval(() => this.#tick(performance.now()), tickMs)
  }

  get viewers(): SessionFeed {
    return this.#feeds.get(this.#viewersKey)!
  }

  /** The viewers' first. */
  get all(): readonly SessionFeed[] {
    return [this.viewers, ...[...this.#feeds.values()].filter((feed) => feed !== this.viewers)]
  }

  get moment(): SlateMoment {
    return this.#moment
  }

  /** Of slate that viewers were given. */
  get slateSeconds(): number {
    return this.#formerSlateSeconds + this.viewers.slateSeconds
  }

  isViewers(key: string | undefined): boolean {
    return key === this.#viewersKey
  }

  /** The feed that a plan of this session makes, which need not have begun. */
  of(plan: EncodePlan, { plans, packageSettings }: PlannedSession): SessionFeed {
    const key = feedKey(plan)
    const present = this.#feeds.get(key)
    if (present) return present
    const feed = this.#options.create(key, plan === plans[0] ? packageSettings : undefined)
    this.#feeds.set(key, feed)
    return feed
  }

  /** Whether it is one of them still. */
  has(feed: SessionFeed): boolean {
    return [...this.#feeds.values()].includes(feed)
  }

  /** Viewers get this edition from now on. */
  giveViewers(plan: EncodePlan): void {
    const key = feedKey(plan)
    if (key === this.#viewersKey) return
    this.#formerSlateSeconds += this.viewers.slateSeconds
    this.#viewersKey = key
  }

  /** Another moment has come. Gives whether viewers have a slate for it. */
  async show(moment: SlateMoment): Promise<boolean> {
    this.#moment = moment
    const [slate] = await Promise.all(this.all.map((feed) => feed.slate.show(moment)))
    return slate !== undefined
  }

  /** Ends all that is not part of these plans. */
  keepOnly(plans: readonly EncodePlan[]): void {
    const wanted = new Set(plans.map(feedKey))
    for (const [key, feed] of this.#feeds) {
      if (wanted.has(key)) continue
      this.#feeds.delete(key)
      this.#options.onEnd(key)
      const ending = feed.end().finally(() => this.#endings.delete(ending))
      this.#endings.add(ending)
    }
  }

  /** Ends them all. Resolves when no slate is being made any more. */
  async end(): Promise<void> {
    clearInterval(this.#ticker)
    await Promise.all([...this.all.map((feed) => feed.end()), ...this.#endings])
  }

  #tick(nowMs: number): void {
    try {
      for (const feed of this.#feeds.values()) feed.tick(nowMs)
    } catch (error) {
      this.#options.onFault(error)
    }
  }
}
