import type { Sample, Track } from '../media/sample.ts'
import { toVideoTicks } from './timeline.ts'
import { TrackQueue } from './track-queue.ts'

/** What one run of the transcoder has delivered and the splicer has not sent yet, on the run's own clock. */
export class RunBuffer {
  readonly #video: readonly TrackQueue[]
  readonly #audio: TrackQueue | undefined
  readonly #byId: ReadonlyMap<string, TrackQueue>

  constructor(tracks: readonly Track[]) {
    this.#byId = new Map(tracks.map((track) => [track.id, new TrackQueue(track)]))
    const queues = (kind: Track['kind']) =>
      tracks.filter((track) => track.kind === kind).map((track) => this.#byId.get(track.id)!)
    this.#video = queues('video')
    this.#audio = queues('audio')[0]
  }

  push(trackId: string, sample: Sample): void {
    this.#byId.get(trackId)?.push(sample)
  }

  /** The next sample of the track that may be sent. */
  head(trackId: string): Sample | undefined {
    return this.#byId.get(trackId)?.head
  }

  /** The configuration of that sample. */
  configOf(trackId: string): Track {
    return this.#byId.get(trackId)!.config
  }

  shift(trackId: string): Sample | undefined {
    return this.#byId.get(trackId)?.shift()
  }

  /** The oldest picture of the first rendition that is held, sent or not yet to be. */
  get nextPicture(): Sample | undefined {
    return this.#video[0]?.oldest
  }

  /** True when no rendition has a picture that may be sent. */
  get isDrained(): boolean {
    return this.#video.every((queue) => queue.head === undefined)
  }

  /** Decode time up to which every rendition has pictures, video ticks; undefined before the first. */
  get videoReaches(): number | undefined {
    const newest = this.#video.map((queue) => queue.newest?.dts ?? Number.NaN)
    const least = Math.min(...newest)
    return Number.isNaN(least) ? undefined : least
  }

  /** Decode time of the newest keyframe that all renditions hold, video ticks. */
  newestCommonKeyframe(): number | undefined {
    const [first, ...others] = this.#video
    return first?.newestKeyframe((dts) => others.every((queue) => queue.hasKeyframeAt(dts)))
  }

  /** Whether sound has arrived up to the video time `dts`, so that it starts with the picture. */
  audioReaches(dts: number): boolean {
    if (!this.#audio) return true
    const newest = this.#audio.newest
    return newest !== undefined && toVideoTicks(newest.dts + newest.duration, this.#audio.timescale) >= dts
  }

  /**
   * Begins every rendition with the keyframe at the video time `dts` and drops what goes before it, in every track. Gives
   * the decode time of the first picture then, which is later where the group of pictures is an open one.
   */
  beginAt(dts: number): number {
    const [begin = dts] = this.#video.map((queue) => queue.beginAt(dts))
    const audio = this.#audio
    while (audio?.head && toVideoTicks(audio.head.dts + audio.head.duration, audio.timescale) <= begin) audio.shift()
    return begin
  }
}
