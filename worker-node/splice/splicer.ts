import type { AudioTrack, Sample, SampleSink, Track, VideoTrack } from '../media/sample.ts'
import { Arrival } from './arrival.ts'
import { gateTimes, isStalled, paceSample } from './gate.ts'
import { RunBuffer } from './run-buffer.ts'
import { SlateLoop, type SlateSamples } from './slate-loop.ts'
import { audioToVideoTicks, Mapping, Timeline, ticksToMs } from './timeline.ts'

/** A longer time between two ticks means that the process or the machine was suspended. */
const longestSleepMs = 10_000

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
 *       └──startSlate()──▶ slate
 */
export class Splicer {
  readonly #video: readonly VideoTrack[]
  readonly #audio: AudioTrack | undefined
  readonly #tracks: readonly Track[]
  #slate: SlateLoop | undefined
  readonly #options: SplicerOptions
  /** Next output dts by track id. */
  readonly #cursors: Map<string, number>
  #onAir: OnAir = 'nothing'
  #timeline: Timeline | undefined
  #run: RunBuffer | undefined
  #runEnded = false
  #arrival = new Arrival()
  #mapping: Mapping | undefined
  #lastPictureMs = 0
  #lastTickMs: number | undefined
  #slateTicks = 0

  constructor(options: SplicerOptions) {
    this.#options = options
    this.#tracks = options.tracks
    this.#video = options.tracks.filter((track) => track.kind === 'video')
    this.#audio = options.tracks.find((track) => track.kind === 'audio')
    this.#cursors = new Map(options.tracks.map((track) => [track.id, 0]))
  }

  get onAir(): OnAir {
    return this.#onAir
  }

  /** Seconds of slate sent so far. */
  get slateSeconds(): number {
    return ticksToMs(this.#slateTicks) / 1000
  }

  /** How late the output stands behind the wall, milliseconds; 0 when it does not. */
  latenessMs(nowMs: number): number {
    return this.#timeline ? Math.max(0, -this.#timeline.leadMs(this.#leastVideoCursor(), nowMs)) : 0
  }

  /**
   * The slate is ready, or a new one is; until the first comes, a stalled source leaves the output waiting.
   * Must be made with exactly the settings of the tracks.
   */
  provideSlate(slate: SlateSamples): void {
    this.#slate = new SlateLoop(slate)
  }

  /** A new run of the transcoder begins; what the old one left unsent is dropped. */
  beginRun(nowMs: number): void {
    if (this.#onAir === 'live') this.#goToSlate(nowMs)
    this.#run = new RunBuffer(this.#tracks)
    this.#runEnded = false
    this.#arrival = new Arrival()
    this.#mapping = undefined
  }

  /** The run is over: what it left is still sent, then the slate plays. */
  endRun(): void {
    this.#runEnded = true
  }

  /** Puts the slate on air without waiting for a source (always-on streams). */
  startSlate(nowMs: number): void {
    if (this.#onAir !== 'nothing' || !this.#slate) return
    this.#start(nowMs)
    this.#goToSlate(nowMs)
  }

  /** A sample of the present run, on the run's own clock. */
  push(trackId: string, sample: Sample, nowMs: number): void {
    if (!this.#run) return
    this.#run.push(trackId, sample)
    const track = this.#video.find((each) => each.id === trackId)
    if (track) {
      this.#lastPictureMs = nowMs
      this.#arrival.note(sample.dts, nowMs)
      if (this.#onAir === 'live') this.#sendLiveVideo(track, nowMs)
    } else if (this.#onAir === 'live') this.#sendLiveAudio(nowMs)
  }

  /** Lets time pass; call it every 20 ms or so. */
  tick(nowMs: number): void {
    // The machine was asleep: that time is not made up for.
    const sinceTickMs = nowMs - (this.#lastTickMs ?? nowMs)
    this.#lastTickMs = nowMs
    if (sinceTickMs > longestSleepMs) this.#timeline?.skip(sinceTickMs)
    if (this.#onAir === 'live') {
      this.#sendLive(nowMs)
      this.#watchForStall(nowMs, sinceTickMs)
    }
    if (this.#onAir !== 'live') this.#tryLive(nowMs)
    if (this.#onAir === 'slate') this.#sendSlate(nowMs)
  }

  #start(originMs: number): void {
    this.#timeline = new Timeline(originMs)
    this.#options.onStart(originMs)
  }

  /** Goes live when the run is steady and a keyframe that all renditions share is near its newest picture. */
  #tryLive(nowMs: number): void {
    const run = this.#run
    if (!run || !this.#arrival.isSettled(nowMs)) return
    if (this.#runEnded || nowMs - this.#lastPictureMs >= gateTimes.silenceMs) return
    const keyframe = run.newestCommonKeyframe()
    if (keyframe === undefined || !run.audioReaches(keyframe)) return
    const backlogMs = ticksToMs(run.videoReaches! - keyframe)
    if (this.#onAir === 'nothing') {
      // Nobody watches yet: nothing is gained by waiting for a newer keyframe.
      this.#start(this.#arrival.expectedAtMs(keyframe))
    } else if (backlogMs > gateTimes.tooEarlyMs || !this.#slate?.mayEnd) {
      return
    }
    this.#mapping = this.#enter(run, keyframe)
    this.#onAir = 'live'
    this.#options.onSwitch('live', ticksToMs(this.#leastVideoCursor()) / 1000)
    this.#sendLive(nowMs)
  }

  /** Places `keyframe` where the output stands, evens out the renditions before it and drops what is older. */
  #enter(run: RunBuffer, keyframe: number): Mapping {
    if (this.#slate) this.#evenOutVideo(this.#slate)
    run.dropBefore(keyframe)
    return new Mapping(keyframe, this.#leastVideoCursor())
  }

  #sendLive(nowMs: number): void {
    this.#hopIfTooEarly(nowMs)
    for (const track of this.#video) this.#sendLiveVideo(track, nowMs)
    this.#sendLiveAudio(nowMs)
  }

  #sendLiveVideo(track: VideoTrack, nowMs: number): void {
    const run = this.#run
    for (let sample = run?.head(track.id); run && sample && this.#mapping; sample = run.head(track.id)) {
      const dts = this.#mapping.video(sample.dts)
      if (paceSample(this.#timeline!.leadMs(dts, nowMs)) !== 'send') return
      if (!this.#sendLivePicture(track, run)) {
        this.#goToSlate(nowMs)
        return
      }
    }
  }

  /** Sends the next picture of the run if it follows on the last one. */
  #sendLivePicture(track: VideoTrack, run: RunBuffer): boolean {
    const sample = run.head(track.id)
    const cursor = this.#cursors.get(track.id)!
    // A run has a constant frame rate; if its clock jumps all the same, only a keyframe makes a clean start.
    if (!sample || Math.abs(this.#mapping!.video(sample.dts) - cursor) >= track.frameDuration / 2) return false
    run.shift(track.id)
    this.#send(track, { ...sample, dts: cursor, duration: track.frameDuration })
    return true
  }

  /** Too far before the wall: goes on at the newest keyframe that all renditions share, if it is not the next one anyway. */
  #hopIfTooEarly(nowMs: number): void {
    const run = this.#run
    const [leader] = this.#video
    const next = leader && run?.head(leader.id)
    if (!this.#slate || !this.#mapping || !run || !next) return
    if (paceSample(this.#timeline!.leadMs(this.#mapping.video(next.dts), nowMs)) !== 'hop') return
    const keyframe = run.newestCommonKeyframe()
    if (keyframe === undefined || keyframe <= next.dts || !run.audioReaches(keyframe)) return
    this.#mapping = this.#enter(run, keyframe)
  }

  #sendLiveAudio(nowMs: number): void {
    const track = this.#audio
    const run = this.#run
    const timeline = this.#timeline!
    if (!track || !run || !this.#mapping) return
    for (let sample = run.head(track.id); sample; sample = run.head(track.id)) {
      const dts = this.#mapping.audio(sample.dts)
      if (paceSample(timeline.leadMs(audioToVideoTicks(dts), nowMs)) !== 'send') break
      run.shift(track.id)
      if (dts < this.#cursors.get(track.id)!) continue
      this.#fillWithSilence(track, dts)
      // FFmpeg gives the last frame before a jump of the source a longer duration; every frame is equally long.
      this.#send(track, { ...sample, dts, duration: track.frameDuration })
    }
    const cursor = this.#cursors.get(track.id)!
    const lateMs = -timeline.leadMs(audioToVideoTicks(cursor), nowMs)
    if (lateMs > gateTimes.audioLateMs && audioToVideoTicks(cursor) < this.#leastVideoCursor())
      this.#fillWithSilence(track, cursor + track.frameDuration)
  }

  #watchForStall(nowMs: number, sinceTickMs: number): void {
    const timeline = this.#timeline!
    const leadMs = timeline.leadMs(this.#leastVideoCursor(), nowMs)
    const overAfterEnd = this.#runEnded && this.#run!.isDrained && leadMs < 0
    if (overAfterEnd || isStalled(nowMs - this.#lastPictureMs, -leadMs)) this.#goToSlate(nowMs)
    else timeline.follow(leadMs, sinceTickMs)
  }

  #goToSlate(nowMs: number): void {
    if (!this.#slate) return
    this.#evenOutVideo(this.#slate)
    this.#slate.restart()
    this.#mapping = undefined
    this.#onAir = 'slate'
    this.#options.onSwitch('slate', ticksToMs(this.#leastVideoCursor()) / 1000)
    this.#sendSlate(nowMs)
  }

  #sendSlate(nowMs: number): void {
    const slate = this.#slate
    const position = this.#timeline!.positionAt(nowMs)
    const [leader] = this.#video
    if (!leader || !slate) return
    for (let dts = this.#cursors.get(leader.id)!; dts <= position; dts = this.#cursors.get(leader.id)!) {
      for (const track of this.#video) this.#send(track, slate.nextPicture(track.id, dts))
      this.#slateTicks += leader.frameDuration
    }
    if (this.#audio) this.#fillWithSilence(this.#audio, (position * this.#audio.timescale) / leader.timescale)
  }

  /**
   * Brings all renditions to the same output time, with what the run has or else with slate pictures; they are
   * a few frames apart at most.
   */
  #evenOutVideo(slate: SlateLoop): void {
    const target = this.#greatestVideoCursor()
    for (const track of this.#video) {
      slate.restart()
      for (let dts = this.#cursors.get(track.id)!; dts < target; dts = this.#cursors.get(track.id)!) {
        if (this.#mapping && this.#run && this.#sendLivePicture(track, this.#run)) continue
        this.#send(track, slate.nextPicture(track.id, dts))
      }
    }
  }

  #fillWithSilence(track: AudioTrack, untilDts: number): void {
    const slate = this.#slate
    if (!slate) return
    for (let dts = this.#cursors.get(track.id)!; dts + track.frameDuration <= untilDts; dts += track.frameDuration) {
      this.#send(track, slate.silence(dts))
    }
  }

  #send(track: Track, sample: Sample): void {
    this.#cursors.set(track.id, sample.dts + sample.duration)
    this.#options.output(track.id, sample)
  }

  #leastVideoCursor(): number {
    return Math.min(...this.#video.map((track) => this.#cursors.get(track.id)!))
  }

  #greatestVideoCursor(): number {
    return Math.max(...this.#video.map((track) => this.#cursors.get(track.id)!))
  }
}
