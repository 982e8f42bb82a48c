import { type InitContent, type MediaContent, readInit, readMedia } from '../segment-content.ts'
import type { ParsedPlaylist, ParsedSegment } from './playlist.ts'
import type { RuleId } from './rules.ts'

/** What is known of a segment from its playlist. */
interface Listed {
  readonly segment: ParsedSegment
  readonly mapUrl: string
  readonly isDiscontinuous: boolean
  readonly changesMap: boolean
}

/** Rules about what is in segments, beside what playlists say of them. Keeps what it has seen of one rendition. */
export class SegmentChecks {
  readonly #broken: (rule: RuleId, detail: string) => void
  readonly #inits = new Map<string, InitContent>()
  readonly #listed = new Map<string, Listed>()
  /** Media that came before its init segment. */
  readonly #waiting = new Map<string, Uint8Array>()
  readonly #known = new Map<string, MediaContent>()

  constructor(broken: (rule: RuleId, detail: string) => void) {
    this.#broken = broken
  }

  see(playlist: ParsedPlaylist, playlistUrl: string): void {
    for (const [index, segment] of playlist.segments.entries()) {
      const before = playlist.segments[index - 1]
      if (segment.uri === null || segment.mapUri === null) continue
      const url = new URL(segment.uri, playlistUrl).href
      if (this.#listed.get(url)?.isDiscontinuous !== undefined && before === undefined) continue
      this.#listed.set(url, {
        segment,
        mapUrl: new URL(segment.mapUri, playlistUrl).href,
        isDiscontinuous: before !== undefined && before.discontinuitySequence !== segment.discontinuitySequence,
        changesMap: before !== undefined && before.mapUri !== null && before.mapUri !== segment.mapUri,
      })
    }
    this.#checkStart(playlist, playlistUrl)
  }

  fetched(url: string, body: Uint8Array): void {
    const init = readInit(body)
    if (init !== null) this.#inits.set(url, init)
    else if (this.#listed.has(url)) this.#waiting.set(url, body)
    for (const [waiting, bytes] of this.#waiting) this.#check(waiting, bytes)
  }

  #check(url: string, bytes: Uint8Array): void {
    const listed = this.#listed.get(url)
    const init = listed && this.#inits.get(listed.mapUrl)
    if (!listed || !init) return
    this.#waiting.delete(url)
    const media = readMedia(bytes, init)
    if (media === null) return
    this.#known.set(url, media)
    const name = `segment ${listed.segment.sequence}`
    if (init.kind === 'video' && listed.changesMap && !listed.isDiscontinuous)
      this.#broken('map-without-discontinuity', name)
    if (init.kind === 'video' && listed.isDiscontinuous && !media.startsWithKeyframe)
      this.#broken('discontinuity-not-keyframe', name)
    const missing = media.parameterSets.filter((set) => !init.parameterSets.includes(set))
    if (missing.length > 0) this.#broken('map-wrong', `${name} has ${missing.join(', ')}`)
  }

  #checkStart({ segments, startOffset }: ParsedPlaylist, playlistUrl: string): void {
    if (startOffset === null) return
    const length = segments.reduce((total, { duration }) => total + duration, 0)
    let end = 0
    const place = startOffset < 0 ? length + startOffset : startOffset
    const chosen = segments.find(({ duration }) => {
      end += duration
      return place < end
    })
    const media = chosen?.uri ? this.#known.get(new URL(chosen.uri, playlistUrl).href) : undefined
    if (media?.startsWithKeyframe === false)
      this.#broken('start-not-keyframe', `segment ${chosen?.sequence}, ${startOffset} s`)
  }
}
