import type { SampleSink, Track } from '../media/sample.ts'
import { CatchUp } from './catch-up.ts'
import { gateTimes, isStalled, paceSample } from './gate.ts'
import { OutputTrack } from './output-track.ts'
import { Run, type SplicerRun } from './run.ts'
import type { SlateSamples } from './slate-loop.ts'
import { isChanging, SlatePlayer } from './slate-player.ts'
import { msToTicks, Timeline, ticksToMs, toVideoTicks } from './timeline.ts'

/** A longer time between two ticks means that the process or the machine was suspended. */
const longestSleepMs = 10_000
/** Somebody else's encode may hold pictures back for so long from decoding to display: two B-frames at 20 per second. */
const changingDelayMs = 100
/** A picture of somebody else's encode may stand so far from where the last one ended. */
const changingToleranceMs = 250

/** What is on air. `nothing` lasts only until the first picture or slate. */
export type OnAir = 'nothing' | 'live' | 'slate'

export interface SplicerOptions {
  readonly tracks: readonly Track[]
  /** Gets every sample on the session's one clock: dts from 0, without gap or overlap, per track in order. */
  readonly output: SampleSink
  /** Told at each change; `at` is the output time in seconds. */
  readonly onSwitch: (onAir: 'live' | 'slate', atSeconds: number) => void
  /** Told once, before the first sample: the monotonic wall time (ms) of output time 0. */
  readonly onStart: (originMs: number) => void
}

/**
 * One timeline per session: live and slate samples go in, one continuous stream of samples per track comes out.
 * Time comes in with each call (monotonic milliseconds), so the whole is a pure state machine.
 *
 * nothing ──first settled run──▶ live ──stall, end of run──▶ slate ──settled run, common keyframe──▶ live
 *       └──startSlate()──▶ slate              live ──next settled run──▶ live
 */
export class Splicer {
  readonly #options: SplicerOptions
  readonly #video: readonly OutputTrack[]
  readonly #audio: OutputTrack | undefined
  readonly #slate: SlatePlayer
  #onAir: OnAir = 'nothing'
  #timeline: Timeline | undefined
  /** The run on air, or that was on air before the slate. */
  #run: Run | undefined
  /** The run that takes its place as soon as it is steady; until then the one before stays. */
  #next: Run | undefined
  #lastTickMs: number | undefined
  readonly #catchUp = new CatchUp()

  constructor(options: SplicerOptions) {
    this.#options = options
    const outputs = (kind: Track['kind']) =>
      options.tracks.filter((track) => track.kind === kind).map((track) => new OutputTrack(track, options.output))
    this.#video = outputs('video')
    this.#audio = outputs('audio')[0]
    this.#slate = new SlatePlayer(this.#video, this.#audio)
  }

  get onAir(): OnAir {
    return this.#onAir
  }

  /** Seconds of slate sent so far. */
  get slateSeconds(): number {
    return this.#slate.seconds
  }

  /** How late the output stands behind the wall, milliseconds; 0 when it does not. */
  latenessMs(nowMs: number): number {
    return this.#timeline ? Math.max(0, -this.#timeline.leadMs(this.#leastVideoCursor(), nowMs)) : 0
  }

  /**
   * The slate is ready, or a new one is, which takes over where the one on air may be cut; until the first comes, a
   * stalled source leaves the output waiting.
   */
  provideSlate(slate: SlateSamples): void {
    this.#slate.provide(slate, this.#onAir === 'slate')
  }

  /** Leaves the source for good; the slate plays from now on. */
  leaveSource(): void {
    this.#next = undefined
    if (this.#onAir === 'live') this.#goToSlate()
    this.#run = undefined
  }

  /**
   * A new run of the transcoder begins, with these tracks. It goes on air once it is steady; what is on air stays until
   * then, or gives way to the slate where it stalls. `onAir` is told when it does.
   */
  beginRun(tracks: readonly Track[] = this.#options.tracks, onAir: () => void = () => {}): SplicerRun {
    const run = new Run(tracks, onAir)
    if (this.#onAir === 'live') this.#next = run
    else this.#run = run
    return {
      push: (trackId, sample, nowMs) => {
        if (run !== this.#run && run !== this.#next) return
        run.buffer.push(trackId, sample)
        const track = this.#video.find((each) => each.id === trackId)
        if (track) {
          run.lastPictureMs = nowMs
          run.arrival.note(sample.dts, nowMs)
        }
        if (this.#onAir !== 'live' || run !== this.#run) return
        if (track) this.#sendLiveVideo(run, track, nowMs)
        else this.#sendLiveAudio(run, nowMs)
      },
      end: () => {
        run.ended = true
      },
    }
  }

  /** Puts the slate on air without waiting for a source (always-on streams). */
  startSlate(nowMs: number): void {
    if (this.#onAir !== 'nothing' || !this.#slate.isThere) return
    this.#start(nowMs)
    if (this.#video.some(({ config }) => isChanging(config))) this.#slate.displayDelay = msToTicks(changingDelayMs)
    this.#goToSlate()
  }

  /** Lets time pass; call it every 20 ms or so. */
  tick(nowMs: number): void {
    // The machine was asleep: that time is not made up for.
    const sinceTickMs = nowMs - (this.#lastTickMs ?? nowMs)
    this.#lastTickMs = nowMs
    if (sinceTickMs > longestSleepMs) this.#timeline?.skip(sinceTickMs)
    if (this.#onAir === 'live') {
      this.#sendLive(nowMs)
      if (this.#next) this.#tryNext(this.#next, nowMs)
      this.#watchForStall(nowMs, sinceTickMs)
    }
    if (this.#onAir !== 'live' && this.#run) this.#tryLive(this.#run, nowMs)
    if (this.#onAir === 'slate') this.#sendSlate(nowMs, sinceTickMs)
  }

  #start(originMs: number): void {
    this.#timeline = new Timeline(originMs)
    this.#options.onStart(originMs)
  }

  /** Goes live when the run is steady and a keyframe that all renditions share is near its newest picture. */
  #tryLive(run: Run, nowMs: number): void {
    const entry = run.entry(nowMs)
    if (!entry) return
    // While nobody watches yet, nothing is gained by waiting for a newer keyframe.
    if (this.#onAir === 'nothing') {
      this.#start(run.arrival.expectedAtMs(run.buffer.beginAt(entry.keyframe)))
      this.#slate.displayDelay = run.displayDelay
    } else if (entry.backlogMs > gateTimes.tooEarlyMs || !this.#slate.mayEnd || this.#catchUp.isBehind) return
    this.#enter(run, entry.keyframe)
    this.#onAir = 'live'
    this.#options.onSwitch('live', ticksToMs(this.#leastVideoCursor()) / 1000)
    run.onAir()
    this.#sendLive(nowMs)
  }

  /** Puts the next run in the place of the one on air, without a slate between them. */
  #tryNext(next: Run, nowMs: number): void {
    const entry = next.entry(nowMs)
    if (!entry || entry.backlogMs > gateTimes.tooEarlyMs || !this.#slate.isThere) return
    this.#enter(next, entry.keyframe)
    this.#run = next
    this.#next = undefined
    next.onAir()
    this.#sendLive(nowMs)
  }

  /** Evens out the renditions, with what is on air, and places the run's keyframe where the output then stands. */
  #enter(run: Run, keyframe: number): void {
    if (this.#slate.isThere) this.#evenOutVideo()
    const evensOut = this.#video.some(({ id }) => isChanging(run.buffer.configOf(id)))
    run.enter(keyframe, this.#leastVideoCursor(), evensOut ? this.#slate.displayDelay : 0)
  }

  #sendLive(nowMs: number): void {
    const run = this.#run
    if (!run) return
    this.#hopIfTooEarly(run, nowMs)
    for (const track of this.#video) this.#sendLiveVideo(run, track, nowMs)
    this.#sendLiveAudio(run, nowMs)
  }

  #sendLiveVideo(run: Run, track: OutputTrack, nowMs: number): void {
    for (let sample = run.buffer.head(track.id); sample && run.mapping; sample = run.buffer.head(track.id)) {
      const dts = run.mapping.video(sample.dts)
      if (paceSample(this.#timeline!.leadMs(dts, nowMs)) !== 'send') return
      if (!this.#sendLivePicture(run, track)) {
        this.#goToSlate()
        return
      }
    }
  }

  /** Sends the next picture of the run if it follows on the last one. */
  #sendLivePicture(run: Run, track: OutputTrack): boolean {
    const sample = run.buffer.head(track.id)
    if (!sample || !run.mapping) return false
    const config = run.buffer.configOf(track.id)
    const { cursor } = track
    const begin = run.mapping.video(sample.dts)
    // A run has a constant frame rate; if its clock jumps all the same, only a keyframe makes a clean start.
    const tolerance = isChanging(config) ? msToTicks(changingToleranceMs) : config.frameDuration / 2
    if (Math.abs(begin - cursor) >= tolerance) return false
    run.buffer.shift(track.id)
    const duration = isChanging(config)
      ? Math.max(1, Math.round(begin + sample.duration - cursor))
      : config.frameDuration
    const compositionOffset = run.mapping.composition(sample.compositionOffset)
    track.send({ ...sample, dts: cursor, duration, compositionOffset }, config)
    return true
  }

  /** Too far before the wall: goes on at the newest keyframe that all renditions share, if it is not the next one anyway. */
  #hopIfTooEarly(run: Run, nowMs: number): void {
    const [leader] = this.#video
    const next = leader && run.buffer.head(leader.id)
    if (!this.#slate.isThere || !run.mapping || !next) return
    if (paceSample(this.#timeline!.leadMs(run.mapping.video(next.dts), nowMs)) !== 'hop') return
    const keyframe = run.buffer.newestCommonKeyframe()
    if (keyframe === undefined || keyframe <= next.dts || !run.buffer.audioReaches(keyframe)) return
    this.#enter(run, keyframe)
  }

  #sendLiveAudio(run: Run, nowMs: number): void {
    const track = this.#audio
    const timeline = this.#timeline!
    if (!track || !run.mapping) return
    for (let sample = run.buffer.head(track.id); sample; sample = run.buffer.head(track.id)) {
      const config = run.buffer.configOf(track.id)
      const cursor = track.cursorIn(config.timescale)
      const dts = run.mapping.audio(sample.dts, config.timescale, cursor)
      if (paceSample(timeline.leadMs(toVideoTicks(dts, config.timescale), nowMs)) !== 'send') break
      run.buffer.shift(track.id)
      if (dts < cursor) continue
      this.#slate.fillWithSilence(track, toVideoTicks(dts, config.timescale))
      // FFmpeg gives the last frame before a jump of the source a longer duration; every frame is equally long.
      const at = this.#slate.isThere ? track.cursorIn(config.timescale) : dts
      track.send({ ...sample, dts: at, duration: config.frameDuration }, config)
    }
    const lateMs = -timeline.leadMs(track.cursorVideoTicks, nowMs)
    if (lateMs > gateTimes.audioLateMs && track.cursorVideoTicks < this.#leastVideoCursor())
      this.#slate.fillWithSilence(
        track,
        toVideoTicks(track.cursor + track.config.frameDuration, track.config.timescale),
      )
  }

  #watchForStall(nowMs: number, sinceTickMs: number): void {
    const timeline = this.#timeline!
    const run = this.#run!
    const leadMs = timeline.leadMs(this.#leastVideoCursor(), nowMs)
    const overAfterEnd = run.ended && run.buffer.isDrained && leadMs < 0
    if (overAfterEnd || isStalled(nowMs - run.lastPictureMs, -leadMs)) this.#goToSlate()
    else timeline.follow(leadMs, sinceTickMs)
  }

  #goToSlate(): void {
    if (!this.#slate.isThere) return
    this.#evenOutVideo()
    this.#slate.restart()
    this.#run?.leave()
    this.#run = this.#next ?? this.#run
    this.#next = undefined
    this.#onAir = 'slate'
    this.#catchUp.begin(this.#leastVideoCursor())
    this.#options.onSwitch('slate', ticksToMs(this.#leastVideoCursor()) / 1000)
  }

  #sendSlate(nowMs: number, sinceTickMs: number): void {
    this.#slate.playPast(this.#catchUp.next(this.#timeline!.positionAt(nowMs), sinceTickMs))
  }

  /**
   * Brings all renditions to the same output time, with what the run on air has or else with slate pictures; they are
   * a few frames apart at most.
   */
  #evenOutVideo(): void {
    const target = this.#greatestVideoCursor()
    const run = this.#run
    for (const track of this.#video) {
      this.#slate.restart()
      while (track.cursor < target) {
        if (run?.mapping && this.#sendLivePicture(run, track)) continue
        this.#slate.sendPicture(track, target)
      }
    }
  }

  #leastVideoCursor(): number {
    return Math.min(...this.#video.map((track) => track.cursor))
  }

  #greatestVideoCursor(): number {
    return Math.max(...this.#video.map((track) => track.cursor))
  }
}
