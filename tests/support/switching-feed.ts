import type { AudioTrack, Sample, SampleSink, VideoTrack } from '#worker/media/sample.ts'
import { videoTimescale } from '#worker/media/sample.ts'
import { encode } from './live-samples.ts'

/** What may be on air: a picture and a sound, each played round and round. Times count from 0, the picture's first is a keyframe. */
export interface Programme {
  readonly video: { readonly track: VideoTrack; readonly samples: readonly Sample[] }
  readonly audio: { readonly track: AudioTrack; readonly samples: readonly Sample[] }
}

export interface ProgrammeOptions {
  width?: number
  height?: number
  fps?: number
  /** Leaves out one frame in seven, and moves the others a little. */
  variable?: boolean
  gopSeconds?: number
  seconds?: number
  bFrames?: number
  sampleRate?: number
  channels?: number
  pattern?: string
}

/** Somebody else's H.264 and AAC, encoded now. */
export async function encodedProgramme(options: ProgrammeOptions = {}): Promise<Programme> {
  const { width = 320, height = 180, fps = 25, gopSeconds = 1, seconds = gopSeconds * 2, bFrames = 0 } = options
  const { sampleRate = 48_000, channels = 2, variable = false, pattern = 'testsrc2' } = options
  const gop = String(Math.round(gopSeconds * fps))
  const picture = await encode([
    ...['-f', 'lavfi', '-i', `${pattern}=s=${width}x${height}:r=${fps}`, '-t', String(seconds), '-c:v', 'libx264'],
    ...['-preset', 'ultrafast', '-bf', String(bFrames), '-b_strategy', '0', '-g', gop, '-keyint_min', gop],
    ...['-sc_threshold', '0', '-x264-params', 'open-gop=0', '-pix_fmt', 'yuv420p', '-b:v', '300k'],
    ...['-video_track_timescale', String(videoTimescale)],
  ])
  const sound = await encode([
    ...['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=${sampleRate}`, '-t', '2'],
    ...['-c:a', 'aac', '-b:a', '64k', '-ac', String(channels)],
  ])
  if (picture.description.kind !== 'video' || sound.description.kind !== 'audio')
    throw new Error('not what was asked for')
  const { defaults: _, ...video } = picture.description
  const { defaults: __, ...audio } = sound.description
  const frameDuration = Math.round(videoTimescale / fps)
  const track: VideoTrack = { ...video, id: 'source', bitrate: 300_000, frameDuration, changing: true }
  const samples = picture.samples.map((sample) => ({ ...sample, duration: frameDuration }))
  return {
    video: { track, samples: variable ? withVariableDurations(samples) : samples },
    audio: {
      track: { ...audio, id: 'audio', bitrate: 64_000, frameDuration: 1024 },
      samples: sound.samples.map((sample) => ({ ...sample, duration: 1024 })),
    },
  }
}

/** The same, shown so much later: `ticks` of the picture's timescale. */
export function shownLater({ video, audio }: Programme, ticks: number): Programme {
  const later = (sample: Sample) => ({ ...sample, compositionOffset: sample.compositionOffset + ticks })
  return { audio, video: { ...video, samples: video.samples.map(later) } }
}

/** Made-up samples of a few bytes, for tests that decode nothing. `payload` bytes tell programmes apart. */
export function syntheticProgramme(options: ProgrammeOptions & { mark?: number } = {}): Programme {
  const { width = 320, height = 180, fps = 25, gopSeconds = 1, seconds = gopSeconds * 2, mark = 1 } = options
  const { sampleRate = 48_000, channels = 2, variable = false } = options
  const frameDuration = Math.round(videoTimescale / fps)
  const gop = Math.round(gopSeconds * fps)
  const sample = (duration: number, keyframe: boolean): Sample => {
    const payload = Buffer.alloc(keyframe ? 40 : 12, mark)
    payload.writeUInt32BE(payload.length - 4)
    return { dts: 0, compositionOffset: 0, duration, keyframe, payload }
  }
  const samples = Array.from({ length: Math.round(seconds * fps) }, (_, index) =>
    sample(frameDuration, index % gop === 0),
  )
  return {
    video: {
      track: {
        ...{ id: 'source', kind: 'video', timescale: videoTimescale, codec: 'avc1.4d401f', bitrate: 300_000 },
        ...{ width, height, frameDuration, changing: true },
        decoderConfig: Uint8Array.of(1, 0x4d, 0x40, 0x1f, 0xff, 0xe1, 0, 2, 0x67, mark, 1, 0, 2, 0x68, mark),
      },
      samples: variable ? withVariableDurations(samples) : samples,
    },
    audio: {
      track: {
        ...{ id: 'audio', kind: 'audio', timescale: sampleRate, codec: 'mp4a.40.2', bitrate: 96_000 },
        ...{ sampleRate, channels, frameDuration: 1024 },
        decoderConfig: Uint8Array.of(sampleRate === 44_100 ? 0x12 : 0x11, channels === 1 ? 0x88 : 0x90),
      },
      samples: [sample(1024, true)],
    },
  }
}

/** Every seventh picture is shown until the one after the next, and all times are off by up to 2 ms, as RTMP has them. */
function withVariableDurations(samples: readonly Sample[]): Sample[] {
  const frame = samples[0]!.duration
  const time = (place: number) =>
    (place + Math.floor((place + 3) / 7)) * frame + (((place * 37) % 5) - 2) * (place === 0 ? 0 : 90)
  return samples.map((sample, place) => {
    const shownPlace = place + Math.round(sample.compositionOffset / frame)
    const duration = time(place + 1) - time(place)
    return { ...sample, duration, compositionOffset: time(shownPlace) - time(place) }
  })
}

export interface SwitchOptions {
  /** The sound changes so much after the picture; before it, where it is less than 0. Seconds. */
  readonly soundAfter?: number
  /** Only the sound changes. */
  readonly soundOnly?: boolean
}

/** Puts programmes on one continuous timeline, as the splicer does: what needs another configuration says so. */
export class SwitchingFeed {
  readonly #sink: SampleSink
  #video: Programme['video']
  #audio: Programme['audio']
  #nextVideo: { readonly of: Programme['video']; readonly notBefore: number } | undefined
  #nextAudio: { readonly of: Programme['audio']; readonly notBefore: number } | undefined
  #picture = 0
  #sound = 0
  #videoTicks = 0
  #soundTicks = 0
  #videoBegins = false
  #audioBegins = false

  constructor(first: Programme, sink: SampleSink) {
    this.#sink = sink
    this.#video = first.video
    this.#audio = first.audio
  }

  /** Media time given so far, seconds. */
  get seconds(): number {
    return this.#videoTicks / videoTimescale
  }

  /** Goes on with another programme, the present one's pictures having come to the end of a group where they must. */
  switchTo({ video, audio }: Programme, { soundAfter = 0, soundOnly = false }: SwitchOptions = {}): void {
    const now = this.seconds
    if (!soundOnly) this.#nextVideo = { of: video, notBefore: now + Math.max(0, -soundAfter) }
    this.#nextAudio = { of: audio, notBefore: now + Math.max(0, soundAfter) }
  }

  /** Gives one picture, and the sound that begins before its end. */
  step(): void {
    const { samples } = this.#video
    const needsWhole = samples.some(({ compositionOffset }) => compositionOffset !== 0)
    const mayEnd = !needsWhole || samples[this.#picture % samples.length]!.keyframe
    if (this.#nextVideo && this.seconds >= this.#nextVideo.notBefore - 1e-6 && mayEnd) {
      this.#video = this.#nextVideo.of
      this.#nextVideo = undefined
      this.#picture = 0
      this.#videoBegins = true
    }
    const { track } = this.#video
    const picture = this.#video.samples[this.#picture % this.#video.samples.length]!
    this.#sink(track.id, { ...picture, dts: this.#videoTicks, ...(this.#videoBegins ? { begins: track } : {}) })
    this.#videoBegins = false
    this.#picture += 1
    this.#videoTicks += picture.duration
    while (this.#soundTicks / this.#audio.track.timescale < this.seconds) this.#stepSound()
  }

  #stepSound(): void {
    const next = this.#nextAudio
    const now = this.#soundTicks / this.#audio.track.timescale
    if (next && !this.#nextVideo && now >= next.notBefore - 0.02) {
      this.#soundTicks = Math.round((this.#soundTicks * next.of.track.timescale) / this.#audio.track.timescale)
      this.#audio = next.of
      this.#nextAudio = undefined
      this.#audioBegins = true
    }
    const { track, samples } = this.#audio
    const sound = samples[this.#sound % samples.length]!
    this.#sink(track.id, { ...sound, dts: this.#soundTicks, ...(this.#audioBegins ? { begins: track } : {}) })
    this.#audioBegins = false
    this.#sound += 1
    this.#soundTicks += sound.duration
  }

  /** Gives this many seconds of media at once. */
  advance(seconds: number): void {
    const end = this.seconds + seconds - 1e-6
    while (this.seconds < end) this.step()
  }

  /** Gives media in real time until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now() - this.seconds * 1000
    while (!signal.aborted) {
      while (this.seconds * 1000 < performance.now() - startedAt) this.step()
      await new Promise((resolve) => setTimeout(resolve, 8))
    }
  }
}
