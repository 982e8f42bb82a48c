import { get, maxAge, withDirectives } from './http.ts'
import { edgeOf, holdsPosition, type ParsedPlaylist, parseMediaPlaylist } from './playlist.ts'
import { checkPlaylist, checkSuccession } from './playlist-rules.ts'
import { type RuleId, type Violation, violation } from './rules.ts'
import { SegmentChecks } from './segment-checks.ts'

/** How much was looked at, so that "no violations" can be told from "nothing seen". */
export interface Seen {
  playlists: number
  parts: number
  segments: number
  hints: number
  retained: number
}

/** Follows one rendition as a low-latency player does: blocking reloads, every part and segment, every hint. */
export class RenditionFollower {
  readonly url: string
  readonly found: Violation[] = []
  readonly seen: Seen = { playlists: 0, parts: 0, segments: 0, hints: 0, retained: 0 }
  /** The newest playlist. */
  current: ParsedPlaylist | null = null
  readonly #others: readonly string[]
  readonly #jitterMs: number
  /** Media in the list, and when it left: URL → `performance.now()`. */
  #listed = new Set<string>()
  readonly #left = new Map<string, number>()
  readonly #content = new SegmentChecks((rule, detail) => this.broken(rule, detail))
  readonly #pending = new Set<Promise<void>>()
  readonly #partProgress = { newest: -1, at: Number.POSITIVE_INFINITY, told: false }
  readonly #segmentProgress = { newest: -1, at: Number.POSITIVE_INFINITY, told: false }
  #lastHint = ''

  constructor(url: string, others: readonly string[], jitterMs: number) {
    this.url = url
    this.#others = others
    this.#jitterMs = jitterMs
  }

  /** Follows until `deadline` (`performance.now()`) or the end of the stream. */
  async follow(deadline: number): Promise<void> {
    const plain = await get(this.url)
    if (plain.status !== 200) return this.broken('is-playlist', `status ${plain.status}`)
    if (maxAge(plain) > 1) this.broken('cache-plain', `max-age ${maxAge(plain)}`)
    if (!this.#take(plain.body)) return
    while (performance.now() < deadline && this.current?.ended === false) await this.#reload()
    await Promise.all(this.#pending)
    await this.#checkRetention(true)
  }

  /** Notes a broken rule. */
  broken(rule: RuleId, detail: string): void {
    this.found.push(violation(rule, `${detail} in ${this.url}`))
  }

  async #reload(): Promise<void> {
    const { targetDuration, partTarget, serverControl } = this.current!
    if (serverControl['CAN-BLOCK-RELOAD'] !== 'YES') {
      await new Promise((resolve) => setTimeout(resolve, (targetDuration ?? 1) * 500))
      const { body } = await get(this.url)
      return void this.#take(body)
    }
    const edge = edgeOf(this.current!)
    const next = { msn: edge.part < 0 ? edge.sequence + 1 : edge.sequence, part: edge.part + 1 }
    const answer = await get(withDirectives(this.url, partTarget === null ? { msn: edge.sequence + 1 } : next))
    const waitedMs = answer.endedAt - answer.startedAt
    const limitMs = 3000 * (targetDuration ?? 0)
    if (waitedMs > limitMs + this.#jitterMs && answer.status !== 503)
      this.broken('blocked-too-long', `${Math.round(waitedMs)} ms for msn ${next.msn} part ${next.part}`)
    if (answer.status === 503) return this.#checkCadence()
    if (answer.status !== 200) {
      this.broken('is-playlist', `status ${answer.status} for msn ${next.msn} part ${next.part}`)
      return void (await new Promise((resolve) => setTimeout(resolve, 100)))
    }
    if (!this.#take(answer.body)) return
    const now = this.current!
    const age = maxAge(answer)
    if (!now.ended && (age > 6 * (targetDuration ?? 0) || age === 0)) this.broken('cache-blocking', `max-age ${age}`)
    // A segment that was cut before that part: its next one's first part answers.
    if (
      !now.ended &&
      !holdsPosition(now, partTarget === null ? edge.sequence + 1 : next.msn, partTarget === null ? null : next.part)
    ) {
      this.broken('blocking-ignored', `msn ${next.msn} part ${next.part} is not there`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #take(body: Buffer): boolean {
    const before = this.current
    try {
      this.current = parseMediaPlaylist(body.toString())
    } catch (error) {
      this.broken('is-playlist', String(error))
      return false
    }
    this.seen.playlists += 1
    this.found.push(...checkPlaylist(this.current, this.url, this.#others))
    if (before !== null) this.found.push(...checkSuccession(before, this.current, this.url))
    this.#checkCadence()
    this.#content.see(this.current, this.url)
    this.#fetchNew(this.current)
    this.#tryHint(this.current)
    this.#track(this.#checkRetention(false))
    return true
  }

  /** Looks at the clock after each answer, whether it brought something or not; a stall is told of once. */
  #checkCadence(): void {
    const { partTarget, targetDuration, segments } = this.current!
    const partMs = (partTarget ?? Number.POSITIVE_INFINITY) * 1000 + this.#jitterMs
    const segmentMs = 1500 * (targetDuration ?? 0) + this.#jitterMs
    const { sequence, part } = edgeOf(this.current!)
    const complete = segments.findLast(({ uri }) => uri !== null)?.sequence ?? -1
    for (const [rule, progress, newest, limitMs] of [
      ['part-late', this.#partProgress, sequence + part / 1e6, partMs],
      ['segment-late', this.#segmentProgress, complete, segmentMs],
    ] as const) {
      const waitedMs = performance.now() - progress.at
      if (waitedMs > limitMs && !progress.told) {
        this.broken(rule, `${Math.round(waitedMs)} ms without a new one`)
        progress.told = true
      }
      if (newest !== progress.newest) Object.assign(progress, { newest, at: performance.now(), told: false })
    }
  }

  #fetchNew(playlist: ParsedPlaylist): void {
    const listed = new Set(mediaOf(playlist).map((uri) => new URL(uri, this.url).href))
    const target = new Set(playlist.segments.flatMap(({ uri }) => (uri === null ? [] : [new URL(uri, this.url).href])))
    for (const url of listed) {
      if (this.#listed.has(url)) continue
      this.#track(this.#fetchListed(url))
      if (target.has(url)) this.seen.segments += 1
      else this.seen.parts += 1
    }
    for (const url of this.#listed) if (!listed.has(url)) this.#left.set(url, performance.now())
    this.#listed = listed
  }

  async #fetchListed(url: string): Promise<void> {
    const answer = await get(url)
    if (answer.status !== 200 || answer.body.length === 0) this.broken('media-missing', `${answer.status} for ${url}`)
    else this.#content.fetched(url, answer.body)
    if (answer.status === 200 && maxAge(answer) < 3600)
      this.broken('cache-media', `max-age ${maxAge(answer)} for ${url}`)
  }

  #tryHint(playlist: ParsedPlaylist): void {
    const uri = playlist.hints.find(({ TYPE }) => TYPE === 'PART')?.URI
    if (uri === undefined || uri === this.#lastHint || playlist.ended) return
    this.#lastHint = uri
    this.#track(
      get(new URL(uri, this.url).href).then((answer) => {
        if (answer.status === 200) this.seen.hints += 1
        const spreadMs = answer.endedAt - answer.firstByteAt
        if (answer.status === 200 && spreadMs > Math.max(this.#jitterMs / 2, (playlist.partTarget ?? 0) * 400))
          this.broken('incomplete-part-sent', `${Math.round(spreadMs)} ms from first to last byte of ${uri}`)
      }),
    )
  }

  /** Fetches again what has left the list for nearly 3 × TD; at the end (`all`), whatever left less long ago. */
  async #checkRetention(all: boolean): Promise<void> {
    const keepMs = 3000 * (this.current?.targetDuration ?? 0)
    for (const [url, leftAt] of this.#left) {
      const age = performance.now() - leftAt
      if (!all && age < keepMs - 500) continue
      this.#left.delete(url)
      if (age > keepMs) continue
      const { status } = await get(url)
      this.seen.retained += 1
      if (status !== 200) this.broken('retention', `${status} for ${url}, ${Math.round(age)} ms after it left the list`)
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#pending.delete(tracked))
    this.#pending.add(tracked)
  }
}

const mediaOf = (playlist: ParsedPlaylist): string[] => [
  ...playlist.mapUris,
  ...playlist.segments.flatMap(({ uri, parts }) => [
    ...(uri === null ? [] : [uri]),
    ...parts.filter(({ gap }) => !gap).map((part) => part.uri),
  ]),
]
