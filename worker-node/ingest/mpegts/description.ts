import type { SourceDescription } from '#schema/contracts/source.ts'
import { FrameSpacing } from '../frame-spacing.ts'
import { KeyframeMeter } from '../keyframe-meter.ts'
import { type AudioHeader, readAudioHeader } from './audio-header.ts'
import { clockDistance } from './pes.ts'
import type { AudioCodec, Program, VideoCodec } from './program.ts'
import { readVideoHeader, type VideoHeader } from './video-header.ts'

/** Frames from which a rate is measured, and whether pictures come out of order. */
const measuredFrames = 20
const clockRate = 90_000

/** The times of one picture, 90 kHz. */
export interface PictureTimes {
  readonly pts: number | null
  readonly dts: number | null
}

/** Learns what the streams of a program hold from their own headers and times. A new program begins anew. */
export class StreamDescriber {
  readonly #program: Program
  #video: VideoHeader | undefined
  #audio: AudioHeader | undefined
  #pictures: PictureTimes[] = []
  readonly #clock = new UnfoldedClock()
  readonly #keyframes = new KeyframeMeter()
  readonly #spacing = new FrameSpacing()

  constructor(program: Program) {
    this.#program = program
  }

  /** The sequence header of a picture, as `inspectAccessUnit` gives it. */
  sequenceHeader(codec: VideoCodec, bytes: Uint8Array): void {
    this.#video = readVideoHeader(codec, bytes) ?? this.#video
  }

  picture(times: PictureTimes, keyframe: boolean): void {
    this.#pictures.push(times)
    if (this.#pictures.length > measuredFrames) this.#pictures.shift()
    if (times.dts === null) return
    const timeMs = this.#clock.milliseconds(times.dts)
    this.#spacing.note(timeMs)
    if (keyframe) this.#keyframes.note(timeMs)
  }

  /** The payload of an audio PES packet, or the beginning of it. */
  sound(codec: AudioCodec, bytes: Uint8Array): void {
    this.#audio = readAudioHeader(codec, bytes) ?? this.#audio
  }

  /** Whether everything that the program announces is known. */
  get complete(): boolean {
    const { video, audio } = this.#program
    return (video === null || (this.#video !== undefined && this.#fps() !== null)) && (audio === null || !!this.#audio)
  }

  describe(): Pick<SourceDescription, 'video' | 'audio'> {
    const { video, audio } = this.#program
    const { varies } = this.#spacing
    return {
      video:
        video && this.#video
          ? {
              codec: video.codec,
              profile: this.#video.profile,
              width: this.#video.width,
              height: this.#video.height,
              fps: this.#fps(),
              keyframe_interval_s: this.#keyframes.longestSeconds,
              b_frames: this.#reordered(),
              ...(varies !== undefined && { frame_rate_varies: varies }),
            }
          : null,
      audio:
        audio && this.#audio
          ? {
              codec: this.#audio.codec ?? audioName(audio.codec),
              sample_rate: this.#audio.sampleRate,
              channels: this.#audio.channels,
            }
          : null,
    }
  }

  /** The median distance of the last frames; it forgives a lost one. */
  #fps(): number | null {
    const told = this.#video?.fps
    if (told !== undefined && told !== null && told >= 1 && told <= 240) return told
    const times = this.#pictures.map(({ dts }) => dts).filter((dts) => dts !== null)
    if (times.length < measuredFrames) return null
    const distances = times.slice(1).map((time, index) => clockDistance(times[index]!, time))
    const median = distances.sort((a, b) => a - b)[distances.length >> 1]!
    if (median < clockRate / 240 || median > clockRate) return null
    return Math.round((clockRate / median) * 1_000) / 1_000
  }

  /** Null until enough was seen. */
  #reordered(): boolean | null {
    if (this.#pictures.some(({ pts, dts }) => pts !== dts)) return true
    return this.#pictures.length < measuredFrames ? null : false
  }
}

/** A 90 kHz clock of 33 bits as one that goes on. */
class UnfoldedClock {
  #last: number | undefined
  #ticks = 0

  milliseconds(time: number): number {
    this.#ticks += clockDistance(this.#last ?? time, time)
    this.#last = time
    return this.#ticks / 90
  }
}

function audioName(codec: AudioCodec): string {
  return codec === 'aac_latm' ? 'aac' : codec
}
