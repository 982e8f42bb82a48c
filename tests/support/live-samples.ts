import { execa } from 'execa'
import { type Box, BoxReader } from '#worker/media/box-reader.ts'
import { readFragment } from '#worker/media/fragment.ts'
import { readInitSegment } from '#worker/media/init-segment-reader.ts'
import {
  type AudioTrack,
  aacFrameSamples,
  audioTimescale,
  type Sample,
  type SampleSink,
  type Track,
  type VideoTrack,
  videoTimescale,
} from '#worker/media/sample.ts'

/** Samples that can be played round and round: video starts with a keyframe, all renditions have equal GOPs. */
export interface LoopingMedia {
  readonly video: readonly { readonly track: VideoTrack; readonly samples: readonly Sample[] }[]
  readonly audio: { readonly track: AudioTrack; readonly samples: readonly Sample[] }
}

export interface LoopOptions {
  fps?: number
  gopSeconds?: number
  seconds?: number
  /** Heights; the width is 16:9. */
  heights?: readonly number[]
  bFrames?: number
}

/** Real H.264 and AAC, encoded now: small pictures, ultrafast. */
export async function encodedMedia(options: LoopOptions = {}): Promise<LoopingMedia> {
  const { fps = 25, gopSeconds = 1, seconds = 4, heights = [180, 90], bFrames = 0 } = options
  const gop = String(Math.round(gopSeconds * fps))
  const rendition = async (height: number) => {
    const width = Math.round((height * 16) / 9 / 2) * 2
    const { description, samples } = await encode([
      ...['-f', 'lavfi', '-i', `testsrc2=s=${width}x${height}:r=${fps}`, '-t', String(seconds), '-c:v', 'libx264'],
      ...['-preset', 'ultrafast', '-bf', String(bFrames), '-g', gop, '-keyint_min', gop, '-sc_threshold', '0'],
      ...['-b_strategy', '0', '-pix_fmt', 'yuv420p', '-b:v', '300k', '-video_track_timescale', String(videoTimescale)],
    ])
    if (description.kind !== 'video') throw new Error('expected video')
    const { kind, timescale, codec, decoderConfig } = description
    const frameDuration = videoTimescale / fps
    const track = {
      id: `${height}p`,
      kind,
      timescale,
      codec,
      bitrate: 300_000,
      width,
      height,
      frameDuration,
      decoderConfig,
    }
    return { track, samples }
  }
  const { description, samples } = await encode([
    ...['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=${audioTimescale}`, '-t', String(seconds)],
    ...['-c:a', 'aac', '-b:a', '96k', '-ac', '2'],
  ])
  if (description.kind !== 'audio') throw new Error('expected audio')
  const { kind, timescale, codec, sampleRate, channels, decoderConfig } = description
  const base = { id: 'audio', kind, timescale, codec, bitrate: 96_000, sampleRate, channels, decoderConfig }
  return {
    video: await Promise.all(heights.map(rendition)),
    audio: { track: { ...base, frameDuration: aacFrameSamples }, samples },
  }
}

/** What FFmpeg makes with these arguments: one track, of H.264 or AAC. */
export async function encode(args: readonly string[]) {
  const movflags = '+empty_moov+default_base_moof+frag_every_frame+negative_cts_offsets'
  const { stdout } = await execa(
    'ffmpeg',
    [
      '-hide_banner',
      '-loglevel',
      'error',
      '-nostdin',
      ...args,
      '-f',
      'mp4',
      '-movflags',
      movflags,
      '-use_editlist',
      '0',
      '-',
    ],
    { encoding: 'buffer', timeout: 60_000 },
  )
  const boxes: Box[] = []
  new BoxReader((box) => boxes.push(box)).push(stdout)
  const description = readInitSegment(boxes.find((box) => box.type === 'moov')!.body)
  const samples = boxes.flatMap((box, index) =>
    box.type === 'moof' ? readFragment(box, boxes[index + 1]!, description.defaults) : [],
  )
  return { description, samples }
}

/** Made-up samples of a few bytes with the shape of real ones, for tests that decode nothing. */
export function syntheticMedia(options: LoopOptions = {}): LoopingMedia {
  const { fps = 25, gopSeconds = 1, heights = [180, 90] } = options
  const frameDuration = Math.round(videoTimescale / fps)
  const gopFrames = Math.round((gopSeconds * videoTimescale) / frameDuration)
  const sample = (duration: number, keyframe: boolean): Sample => ({
    dts: 0,
    compositionOffset: 0,
    duration,
    keyframe,
    payload: new Uint8Array(keyframe ? 40 : 8),
  })
  const track = (height: number): VideoTrack => ({
    ...{ id: `${height}p`, kind: 'video', timescale: videoTimescale, codec: 'avc1.4d401f', bitrate: 300_000 },
    ...{ width: height * 2, height, frameDuration, decoderConfig: Uint8Array.of(1, 0x4d, 0x40, 0x1f, 0xff, 0xe0, 0) },
  })
  return {
    video: heights.map((height) => ({
      track: track(height),
      samples: Array.from({ length: gopFrames * 4 }, (_, index) => sample(frameDuration, index % gopFrames === 0)),
    })),
    audio: {
      track: {
        ...{ id: 'audio', kind: 'audio', timescale: audioTimescale, codec: 'mp4a.40.2', bitrate: 96_000 },
        ...{ sampleRate: audioTimescale, channels: 2, frameDuration: aacFrameSamples },
        decoderConfig: Uint8Array.of(0x11, 0x90),
      },
      samples: [sample(aacFrameSamples, true)],
    },
  }
}

/** Plays looping media into a sink on one continuous timeline, as the splicer does, with splices where it is told. */
export class LiveFeed {
  readonly tracks: readonly Track[]
  readonly #media: LoopingMedia
  readonly #sink: SampleSink
  readonly #splices: (frame: number) => boolean
  #frame = 0
  #source = 0
  #audioFrame = 0

  /** `splices(frame)`: whether the frame of that number starts the media again, with a keyframe. */
  constructor(media: LoopingMedia, sink: SampleSink, splices: (frame: number) => boolean = () => false) {
    this.tracks = [...media.video.map(({ track }) => track), media.audio.track]
    this.#media = media
    this.#sink = sink
    this.#splices = splices
  }

  /** Media time given so far, seconds. */
  get seconds(): number {
    const { frameDuration, timescale } = this.#media.video[0]!.track
    return (this.#frame * frameDuration) / timescale
  }

  /** Gives one frame of every rendition, and the sound that begins before its end. */
  step(): void {
    if (this.#splices(this.#frame)) this.#source = 0
    for (const { track, samples } of this.#media.video) {
      const sample = samples[this.#source % samples.length]!
      this.#sink(track.id, { ...sample, duration: track.frameDuration, dts: this.#frame * track.frameDuration })
    }
    this.#frame += 1
    this.#source += 1
    const { track, samples } = this.#media.audio
    for (; this.#audioFrame * aacFrameSamples < this.seconds * track.timescale; this.#audioFrame += 1) {
      const sample = samples[this.#audioFrame % samples.length]!
      this.#sink(track.id, { ...sample, duration: aacFrameSamples, dts: this.#audioFrame * aacFrameSamples })
    }
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

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
