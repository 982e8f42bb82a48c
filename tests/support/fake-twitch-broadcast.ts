/** Segments in the playlist. */
const windowLength = 8
/** Segments that are there when the broadcast begins to be seen. */
const headStart = 3

/**
 * One broadcast of the fake Twitch: a live playlist of segments of one second that goes with the clock, with stitched
 * ads as Twitch marks them.
 */
export class FakeBroadcast {
  readonly #startMs = Date.now()
  /** Ad breaks: the number of the first segment and of the one after the last. */
  readonly #breaks: { from: number; to: number }[] = []
  #lastNumber: number | null = null
  #isEnded = false

  /** The newest segment. */
  get newest(): number {
    return this.#lastNumber ?? Math.floor((Date.now() - this.#startMs) / 1_000) + headStart
  }

  /** From the next segment on there are ads; `already`: from so many segments before it on (a pre-roll). */
  showAds(seconds: number, { already = 0 } = {}): void {
    const from = Math.max(0, this.newest + 1 - already)
    this.#breaks.push({ from, to: from + seconds })
  }

  /** True while the newest segment is an ad. */
  get showsAds(): boolean {
    return this.#breakOf(this.newest) !== undefined
  }

  /** No segment comes after the newest one, and nobody says why. */
  freeze(): void {
    this.#lastNumber = this.newest
  }

  /** Goes on after `freeze`, where it would be by now. */
  thaw(): void {
    this.#lastNumber = null
  }

  /** The last segment comes, and the playlist says that it is the last. */
  end(): void {
    this.#lastNumber = this.newest + 1
    this.#isEnded = true
  }

  playlist(): string {
    const last = this.newest
    const first = Math.max(0, last - windowLength + 1)
    const lines = ['#EXTM3U', '#EXT-X-VERSION:3', '#EXT-X-TARGETDURATION:2', `#EXT-X-MEDIA-SEQUENCE:${first}`]
    for (const { from, to } of this.#breaks) {
      if (to <= first || from > last) continue
      lines.push(
        `#EXT-X-DATERANGE:ID="stitched-ad-${from}",CLASS="twitch-stitched-ad",START-DATE="${this.#date(from)}",` +
          `DURATION=${to - from}.0,X-TV-TWITCH-AD-ROLL-TYPE="MIDROLL"`,
      )
    }
    for (let number = first; number <= last; number++) {
      const isAd = this.#breakOf(number) !== undefined
      if (number > first && isAd !== (this.#breakOf(number - 1) !== undefined)) lines.push('#EXT-X-DISCONTINUITY')
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${this.#date(number)}`, `#EXTINF:1.000,${isAd ? 'Amazon|1' : 'live'}`)
      lines.push(`${isAd ? 'ad' : 'live'}-${number}.ts`)
    }
    if (this.#isEnded) lines.push('#EXT-X-ENDLIST')
    return `${lines.join('\n')}\n`
  }

  #breakOf(number: number) {
    return this.#breaks.find(({ from, to }) => number >= from && number < to)
  }

  #date(number: number): string {
    return new Date(this.#startMs + (number - headStart) * 1_000).toISOString()
  }
}
