import type { AudioTrack, Sample, VideoTrack } from '#worker/media/sample.ts'
import type { SplicerRun } from '#worker/splice/run.ts'
import type { SlateSamples } from '#worker/splice/slate-loop.ts'
import { type OnAir, Splicer } from '#worker/splice/splicer.ts'

export const fps = 25
export const frameTicks = 90_000 / fps
export const gopFrames = 50
const runStart = 10 * 90_000
const audioRunStart = 10 * 48_000 - 1024

const payload = (label: string): Uint8Array => new TextEncoder().encode(label)
export const label = (sample: Sample): string => new TextDecoder().decode(sample.payload)

export const renditions: VideoTrack[] = ['360p', '180p'].map((id) => ({
  kind: 'video',
  id,
  timescale: 90_000,
  codec: 'avc1.4d401f',
  bitrate: 500_000,
  width: 640,
  height: 360,
  frameDuration: frameTicks,
  decoderConfig: new Uint8Array(),
}))
export const audio: AudioTrack = {
  kind: 'audio',
  id: 'audio',
  timescale: 48_000,
  codec: 'mp4a.40.2',
  bitrate: 128_000,
  sampleRate: 48_000,
  channels: 2,
  frameDuration: 1024,
  decoderConfig: new Uint8Array(),
}

/** Composition offsets, in frames, of P B B as x264 makes them; a keyframe has 1. */
const reorder = [3, 0, 0]

function picture(index: number, source: string, dts: number, bFrames: boolean): Sample {
  const place = index % gopFrames
  const isAlone = place === 0 || place === gopFrames - 1
  const compositionFrames = !bFrames ? 0 : isAlone ? 1 : reorder[(place - 1) % 3]!
  return {
    dts,
    compositionOffset: compositionFrames * frameTicks,
    duration: frameTicks,
    keyframe: place === 0,
    payload: payload(`${source}:${index}`),
  }
}

export const slate = (bFrames: boolean): SlateSamples => ({
  tracks: [...renditions, audio],
  video: new Map(
    renditions.map((track) => [
      track.id,
      Array.from({ length: gopFrames }, (_, index) => picture(index, 'slate', index * frameTicks, bFrames)),
    ]),
  ),
  silence: { dts: 0, compositionOffset: 0, duration: 1024, keyframe: true, payload: payload('silence') },
  sound: null,
})

interface SimulatedRun {
  readonly name: number
  readonly startMs: number
  readonly clockRate: number
  readonly splicer: SplicerRun
  pictures: number
  sounds: number
  withAudio: boolean
}

/** Drives a splicer in simulated time: 5 ms steps, a source that can be cut, frozen, delayed and burst. */
export class Simulation {
  nowMs = 1_000_000
  readonly out = new Map<string, Sample[]>([...renditions, audio].map((track) => [track.id, []]))
  readonly sentAtMs = new Map<Sample, number>()
  readonly switches: { onAir: OnAir; atMs: number }[] = []
  originMs: number | undefined
  readonly splicer: Splicer
  readonly #bFrames: boolean
  #run: SimulatedRun | undefined
  #beside: SimulatedRun | undefined
  /** While true the source makes media that does not arrive; it comes in one burst when set to false again. */
  frozen = false
  #lastTickMs = 0
  #runs = 0

  constructor({ bFrames = false, lateSlate = false } = {}) {
    this.#bFrames = bFrames
    this.splicer = new Splicer({
      tracks: [...renditions, audio],
      output: (trackId, sample) => {
        this.out.get(trackId)!.push(sample)
        this.sentAtMs.set(sample, this.nowMs)
      },
      onSwitch: (onAir) => this.switches.push({ onAir, atMs: this.nowMs }),
      onStart: (originMs) => {
        this.originMs = originMs
      },
    })
    if (!lateSlate) this.provideSlate()
  }

  provideSlate(): void {
    this.splicer.provideSlate(slate(this.#bFrames))
  }

  /** A source begins; `backlogMs` of media has piled up before. */
  connect({ backlogMs = 0, clockRate = 1, withAudio = true } = {}): void {
    const splicer = this.splicer.beginRun()
    this.#run = {
      ...{ name: this.#runs++, startMs: this.nowMs - backlogMs, pictures: 0, sounds: 0, clockRate, withAudio },
      splicer,
    }
  }

  /** A second source begins beside the one on air, and takes its place when it is steady. */
  takeOver(onAir: () => void = () => {}): void {
    const splicer = this.splicer.beginRun([...renditions, audio], onAir)
    this.#beside = this.#run
    this.#run = {
      ...{ name: this.#runs++, startMs: this.nowMs, pictures: 0, sounds: 0, clockRate: 1, withAudio: true },
      splicer,
    }
  }

  /** The source ends as an encoder does that is stopped. */
  disconnect(): void {
    this.#run?.splicer.end()
    this.#run = undefined
  }

  /** The source vanishes without a word. */
  vanish(): void {
    this.#run = undefined
  }

  /** A sample beside those that the source makes by itself. */
  push(trackId: string, sample: Sample): void {
    this.#run?.splicer.push(trackId, sample, this.nowMs)
  }

  /** A mute source goes on with pictures only. */
  mute(): void {
    if (this.#run) this.#run.withAudio = false
  }

  pass(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end; this.nowMs += 5) {
      this.#deliver()
      if (this.nowMs - this.#lastTickMs >= 20) {
        this.splicer.tick(this.nowMs)
        this.#lastTickMs = this.nowMs
      }
    }
  }

  #deliver(): void {
    if (this.frozen) return
    if (this.#run) this.#deliverOf(this.#run)
    if (this.#beside) this.#deliverOf(this.#beside)
  }

  #deliverOf(run: SimulatedRun): void {
    const mediaMs = (this.nowMs - run.startMs) * run.clockRate
    for (; (run.pictures * 1000) / fps <= mediaMs; run.pictures++) {
      const sample = picture(run.pictures, `live${run.name}`, runStart + run.pictures * frameTicks, this.#bFrames)
      for (const track of renditions) run.splicer.push(track.id, sample, this.nowMs)
    }
    for (; run.withAudio && ((run.sounds + 1) * 1024) / 48 <= mediaMs; run.sounds++) {
      const dts = audioRunStart + run.sounds * 1024
      const sound = {
        dts,
        compositionOffset: 0,
        duration: 1024,
        keyframe: true,
        payload: payload(`sound${run.name}:${run.sounds}`),
      }
      run.splicer.push('audio', sound, this.nowMs)
    }
  }

  /** Output position of the first rendition minus the wall, milliseconds. */
  get leadMs(): number {
    const last = this.out.get('360p')!.at(-1)!
    return (last.dts + last.duration) / 90 - (this.nowMs - this.originMs!)
  }

  /** Where each track has a gap or an overlap, or the renditions differ: empty is right. */
  faults(): string[] {
    const faults: string[] = []
    for (const [id, samples] of this.out) {
      let expected = 0
      for (const sample of samples) {
        if (sample.dts !== expected) faults.push(`${id}: ${expected} expected, ${sample.dts} came (${label(sample)})`)
        expected = sample.dts + sample.duration
      }
    }
    const [first, second] = renditions.map((track) => this.out.get(track.id)!)
    for (const [index, sample] of second!.entries()) {
      if (sample.keyframe !== first![index]?.keyframe) faults.push(`keyframes differ at picture ${index}`)
    }
    return faults
  }
}
