import type { Readable } from 'node:stream'
import { GopFeed, type GopFeedOptions } from '../gop-feed.ts'
import type { MediaKind } from './media-kind.ts'

const headerOrder = ['metadata', 'video_header', 'audio_header'] as const

export type FlvFeedOptions = Omit<GopFeedOptions, 'skipAtBytes'>

/** Hands one publication's FLV tags to one reader at a time, each from the codec headers and the newest keyframe on. */
export class FlvFeed {
  readonly #feed: GopFeed
  /** The newest of each kind that a decoder must have first. */
  readonly #headers = new Map<(typeof headerOrder)[number], Buffer>()

  constructor(options: FlvFeedOptions) {
    this.#feed = new GopFeed(options)
    this.#feed.hasVideo = false
  }

  /** Takes one whole FLV tag. */
  write(kind: MediaKind, tag: Buffer): void {
    if (kind === 'video_header' || kind === 'audio_header' || kind === 'metadata') {
      if (kind === 'video_header') this.#feed.hasVideo = true
      this.#headers.set(kind, tag)
      this.#feed.pass(tag)
    } else {
      this.#feed.write(kind === 'keyframe' || kind === 'frame' ? kind : 'other', tag)
    }
  }

  /**
   * A stream of `header`, then the codec headers, then tags from the newest keyframe on. Ends the reader before it. The
   * header of a track that is not wanted is left out: FFmpeg would wait for what it announces.
   */
  open(header: Buffer, wanted: { readonly video: boolean; readonly audio: boolean }): Readable {
    const kinds = headerOrder.filter((kind) =>
      kind === 'audio_header' ? wanted.audio : kind !== 'video_header' || wanted.video,
    )
    const headers = kinds.map((kind) => this.#headers.get(kind)).filter((tag) => tag !== undefined)
    return this.#feed.open([header, ...headers])
  }

  /** No more tags; the reader gets what it has not read yet, then the end. */
  end(): void {
    this.#feed.end()
  }
}
