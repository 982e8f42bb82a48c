import { randomBytes } from 'node:crypto'
import type { Job } from '#schema/contracts/job.ts'
import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import { packagingFigures } from '#schema/packaging.ts'
import type { Sample, Track } from '../media/sample.ts'
import { discontinuitiesPerSession, firstMediaSequence, Package } from '../package/package.ts'
import { trackName } from '../transcode/outputs.ts'

export interface SessionViewersOptions {
  readonly title: string
  /** Whose it is, as it stands now. */
  readonly copyright?: () => CopyrightProfile
  /** Control's clock, which all workers share, so that what one broadcasts goes on from what another did; the machine's if left out. */
  readonly unixMs?: (() => number) | undefined
  /** Number of this session among those of its stream: its fence. */
  readonly sessionNumber: number
}

/** What decides how the viewers' feed is cut into parts and segments. */
export type PackageSettings = Pick<Job, 'latency_mode' | 'packaging'>

/**
 * What viewers fetch of a session. Where their encodes are changed on air, they keep what they have until what comes after
 * it can be played.
 */
export class SessionViewers {
  readonly #options: SessionViewersOptions
  /** The tracks of `#now` and `#next`, by their ids in the session. */
  readonly #tracks = new Map<string, { readonly package: Package; readonly name: string }>()
  #now: Package | undefined
  #next: Package | undefined
  #waiting: (() => void)[] = []
  #snapshot: Buffer | undefined

  constructor(options: SessionViewersOptions) {
    this.#options = options
  }

  /** What they fetch now; undefined before the first picture. */
  get package(): Package | undefined {
    return this.#now
  }

  /** The viewers' feed begins, the first or one after it, with time 0 at `originMs` (monotonic). */
  begin(tracks: readonly Track[], originMs: number, settings: PackageSettings): void {
    const nowMs = this.#options.unixMs ?? Date.now
    const wallClockStartMs = nowMs() - (performance.now() - originMs)
    const first = this.#options.sessionNumber * discontinuitiesPerSession
    const made = new Package({
      epoch: randomBytes(6).toString('hex'),
      mode: packagingFigures(settings.latency_mode, settings.packaging),
      firstMediaSequence: firstMediaSequence(wallClockStartMs),
      discontinuitySequence: Math.min(
        this.#now?.nextDiscontinuitySequence ?? first,
        first + discontinuitiesPerSession - 1,
      ),
      title: this.#options.title,
      ...(this.#options.copyright && { copyright: this.#options.copyright }),
      clock: { nowMs },
      wallClockStartMs,
      tracks: tracks.map(named),
    })
    if (this.#snapshot) made.setSnapshot(this.#snapshot)
    for (const { id } of tracks) this.#tracks.set(id, { package: made, name: trackName(id) })
    if (this.#now) this.#next = made
    else this.#now = made
    this.#forgetOthers()
  }

  /** Calls back once nothing is to come after what they get. */
  whenSettled(done: () => void): void {
    if (this.#next) this.#waiting.push(done)
    else done()
  }

  setSnapshot(jpeg: Buffer): void {
    this.#snapshot = jpeg
    this.#now?.setSnapshot(jpeg)
    this.#next?.setSnapshot(jpeg)
  }

  /** Samples of other feeds are left alone. */
  onSample(trackId: string, sample: Sample): void {
    const track = this.#tracks.get(trackId)
    if (!track) return
    const { begins } = sample
    track.package.onSample(track.name, begins ? { ...sample, begins: named(begins) } : sample)
    if (track.package === this.#next && this.#next.playable) this.#goOver(this.#next)
  }

  /** `goesOn`: with another session. */
  end(goesOn: boolean): void {
    this.#now?.end({ goesOn })
  }

  #goOver(next: Package): void {
    if (this.#now) next.follow(this.#now)
    this.#now = next
    this.#next = undefined
    this.#forgetOthers()
    const waiting = this.#waiting
    this.#waiting = []
    for (const done of waiting) done()
  }

  #forgetOthers(): void {
    for (const [id, track] of this.#tracks)
      if (track.package !== this.#now && track.package !== this.#next) this.#tracks.delete(id)
  }
}

const named = <T extends Track>(track: T): T => ({ ...track, id: trackName(track.id) })
