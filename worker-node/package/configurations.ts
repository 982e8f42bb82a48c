import { MediaFormatError } from '../media/box-reader.ts'
import { initSegment } from '../media/init-segment.ts'
import { parameterSetsOf } from '../media/parameter-sets.ts'
import type { Track } from '../media/sample.ts'

/** One decoder configuration of a track, with the init segment that stands for it. */
export interface Configuration<Kind extends Track = Track> {
  /** From 1; never used again for another one. */
  readonly number: number
  /** The track as it is packaged: in the timescale of the first configuration. */
  readonly track: Kind
  /** For HLS: parameter sets in the sample entry. */
  readonly init: Buffer
  /** For DASH, of video that may change: the same with parameter sets in the samples (`avc3`). */
  readonly inbandInit: Buffer | null
  /** What keyframes of such video bear in front: their parameter sets. */
  readonly parameterSets: Uint8Array | null
}

/** Configurations that are kept for a return though no segment in memory needs them; 2 KB each at most. */
const keptUnused = 16

/**
 * The decoder configurations that a track has had. One that comes back has its old number and init segment. Holds those
 * that segments in memory need and {@link keptUnused} more.
 */
export class Configurations<Kind extends Track = Track> {
  /** The one that the session began with. */
  readonly first: Kind
  readonly #changing: boolean
  readonly #timescale: number
  readonly #known: { readonly source: Kind; readonly configuration: Configuration<Kind> }[] = []
  #made = 0

  /** The timescale of `first` is that of all. */
  constructor(first: Kind) {
    this.first = first
    this.#timescale = first.timescale
    this.#changing = first.kind === 'video' && first.changing === true
  }

  /** The configuration for `source`, new or known. `isUsed`: whether a segment in memory needs one. */
  of(source: Kind, isUsed: (configuration: Configuration) => boolean): Configuration<Kind> {
    const index = this.#known.findIndex((each) => isSameConfiguration(each.source, source))
    const [known = { source, configuration: this.#make(source) }] = index < 0 ? [] : this.#known.splice(index, 1)
    this.#known.push(known)
    const unused = this.#known.filter((each) => each !== known && !isUsed(each.configuration))
    for (const each of unused.slice(0, -keptUnused)) this.#known.splice(this.#known.indexOf(each), 1)
    return known.configuration
  }

  /** The configuration of that number, if it is still known. */
  find(number: number): Configuration<Kind> | undefined {
    return this.#known.find(({ configuration }) => configuration.number === number)?.configuration
  }

  #make(source: Kind): Configuration<Kind> {
    const ticks = this.#timescale / source.timescale
    const frameDuration = Math.round(source.frameDuration * ticks)
    // An AudioSpecificConfig is a few bytes long; what somebody puts after them has no room in an init segment.
    const decoderConfig = source.kind === 'audio' ? source.decoderConfig.subarray(0, 64) : source.decoderConfig
    const packaged = { ...source, timescale: this.#timescale, frameDuration, decoderConfig }
    const track: Kind = this.#changing ? { ...packaged, changing: true } : packaged
    this.#made += 1
    return {
      number: this.#made,
      track,
      init: initSegment(track),
      inbandInit: this.#changing ? initSegment(track, 'avc3') : null,
      parameterSets: this.#changing ? readParameterSets(source.decoderConfig) : null,
    }
  }
}

/** Somebody else's record may be broken: nothing decodes its pictures then, but the session lasts. */
function readParameterSets(record: Uint8Array): Uint8Array {
  try {
    return parameterSetsOf(record)
  } catch (error) {
    if (error instanceof MediaFormatError) return new Uint8Array()
    throw error
  }
}

/** Whether a decoder set up for `a` can go on with `b`, and playlists would say the same of both. */
export function isSameConfiguration(a: Track, b: Track): boolean {
  const says = (track: Track) =>
    track.kind === 'video'
      ? [track.codec, track.timescale, track.width, track.height]
      : [track.codec, track.timescale, track.sampleRate, track.channels]
  return Buffer.compare(a.decoderConfig, b.decoderConfig) === 0 && says(a).join() === says(b).join()
}

/** File name of a configuration's init segment; an immutable one. */
export const initName = ({ number }: Configuration, form: 'init' | 'avc3' = 'init'): string =>
  number === 1 ? `${form}.mp4` : `${form}-${number}.mp4`
