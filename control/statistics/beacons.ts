import { eq } from 'drizzle-orm'
import type { Beacon } from '#schema/contracts/beacon.ts'
import { figuresOf, qualityFigures } from '#schema/samples/figures.ts'
import { Sketch } from '#schema/samples/sketch.ts'
import { printRows, type Row } from '#schema/samples/text.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { type Allowance, tokenBuckets } from '../requests/token-buckets.ts'
import type { Runtime } from '../runtime.ts'
import { type HeardSlot, keepAudience } from './keep-audience.ts'
import { bucketIndex, qualityIndex } from './quality.ts'

/** Beacons are gathered for so long before the database hears of them, seconds. */
export const slotSeconds = 10
/** A page is a viewer from this age on, seconds. */
const viewerAgeSeconds = 15
/** Beacons of one live stream that one process counts in a slot: 40,000 viewers. What is more, is not counted. */
const beaconsMax = 40_000
/** Live streams that one process hears of in a slot, and countries of each. */
const streamsMax = 2_000
const countriesMax = 60
/** Playback ids whose live stream is remembered, for so long. Unknown ones are remembered too. */
const knownIdsMax = 10_000
const knownForMs = 60_000
/** Ids that are looked up in the database in each slot at most: whoever guesses ids costs no more. */
const lookupsMax = 500
/** Ids of no stream that one address may name: 100 at once, then one each second. Whose id is known is not held up by that. */
const guesses: Allowance = { burst: 100, perSecond: 1 }

/** What one process or isolate hears from pages. */
export interface BeaconBox {
  /** Counts it, or leaves it out: false where it was one too many. `country`: what the edge says; `network`: whose it is. */
  take(beacon: Beacon, country: string | undefined, network?: string): Promise<boolean>
}

interface Gathered {
  readonly sketch: Sketch
  /** Totals of each subject, in the order of its figures. */
  readonly totals: Map<string, number[]>
  beacons: number
}

/**
 * Gathers beacons in memory for ten seconds, then writes all of them with a few statements, after the answer to the first.
 * Bound: 2,000 live streams, each with 2 KiB for the count of pages and 63 short lists; pages take no room of their own.
 */
export function beaconBox(runtime: Runtime): BeaconBox {
  const known = new Map<string, { readonly liveStreamId: string | undefined; readonly untilMs: number }>()
  const guessing = tokenBuckets(guesses)
  let slot: { readonly at: number; readonly streams: Map<string, Gathered>; lookups: number } | undefined

  async function streamOf(playbackId: string, network: string): Promise<string | undefined | 'busy'> {
    const nowMs = runtime.now().getTime()
    const found = known.get(playbackId)
    if (found && found.untilMs > nowMs) return found.liveStreamId
    // Whoever makes ids up must not keep those from being counted that are known to be some stream's.
    const mayBeMadeUp = found?.liveStreamId === undefined
    if (mayBeMadeUp && guessing.look(network).nextInSeconds > 0) return 'busy'
    if (mayBeMadeUp && slot && slot.lookups++ >= lookupsMax) return 'busy'
    const [row] = await runtime.db
      .select({ id: playbackIds.liveStreamId })
      .from(playbackIds)
      .where(eq(playbackIds.id, playbackId))
    if (!row) guessing.take(network)
    known.delete(playbackId)
    known.set(playbackId, { liveStreamId: row?.id, untilMs: nowMs + knownForMs })
    if (known.size > knownIdsMax) known.delete(known.keys().next().value ?? playbackId)
    return row?.id
  }

  function currentSlot() {
    const seconds = Math.floor(runtime.now().getTime() / 1_000)
    const at = seconds - (seconds % slotSeconds)
    if (slot?.at === at) return slot
    const opened = { at, streams: new Map<string, Gathered>(), lookups: 0 }
    slot = opened
    const restMs = (at + slotSeconds) * 1_000 - runtime.now().getTime()
    runtime.background(flushAfter(restMs, opened.at, opened.streams))
    return opened
  }

  async function flushAfter(ms: number, at: number, streams: ReadonlyMap<string, Gathered>): Promise<void> {
    await rest(ms, runtime.closing)
    // A timer may fire a little early: what comes then opens the same slot again, under another name.
    if (slot?.at === at) slot = undefined
    const writer = crypto.randomUUID().slice(0, 8)
    const heard = Array.from(streams, ([liveStreamId, { sketch, totals }]): HeardSlot => {
      return { liveStreamId, sketch: sketch.text, text: printTotals(totals) }
    })
    if (heard.length === 0) return
    await keepAudience(runtime, writer, at, heard).catch((error: unknown) => {
      // The database closes too: ten seconds of a few pages are lost.
      if (!runtime.closing.aborted) throw error
    })
  }

  return {
    async take(beacon, country, network = '') {
      // Opened before anything is waited for, so that lookups are counted.
      currentSlot()
      const liveStreamId = await streamOf(beacon.playback_id, network)
      if (liveStreamId === 'busy') return false
      if (liveStreamId === undefined) return true
      const { streams } = currentSlot()
      let gathered = streams.get(liveStreamId)
      if (!gathered) {
        if (streams.size >= streamsMax) return false
        gathered = { sketch: new Sketch(), totals: new Map(), beacons: 0 }
        streams.set(liveStreamId, gathered)
      }
      if (gathered.beacons++ >= beaconsMax) return false
      count(gathered, beacon, country)
      return true
    },
  }
}

function count({ sketch, totals }: Gathered, beacon: Beacon, country: string | undefined): void {
  if (beacon.age_s >= viewerAgeSeconds) sketch.add(beacon.page_id)
  const own = totalsOf(totals, `p.${beacon.protocol}`, qualityFigures.length)
  const add = (name: string, value = 0) => addAt(own, qualityIndex.get(name) ?? 0, value)
  const playedMs = Math.round(beacon.played_s * 1_000)
  add('played_s', playedMs)
  add('stalls', beacon.stalls)
  add('stalled_s', Math.round(beacon.stalled_s * 1_000))
  add('frames', beacon.frames)
  add('dropped_frames', beacon.dropped_frames)
  for (const failure of beacon.failures ?? []) add(`failures_${failure}`, 1)
  if (beacon.startup_ms !== undefined) {
    add('plays', 1)
    addAt(own, bucketIndex('startup', beacon.startup_ms), 1)
  }
  if (beacon.latency_ms !== undefined) addAt(own, bucketIndex('latency', beacon.latency_ms), 1)
  if (beacon.bitrate_kbps !== undefined) addAt(own, bucketIndex('bitrate', beacon.bitrate_kbps), 1)
  if (country === undefined || !/^[A-Z]{2}$/.test(country)) return
  const subject = totals.has(`c.${country}`) || totals.size < countriesMax ? `c.${country}` : 'c.ZZ'
  addAt(totalsOf(totals, subject, 1), 0, playedMs)
}

function totalsOf(totals: Map<string, number[]>, subject: string, length: number): number[] {
  const own = totals.get(subject) ?? new Array<number>(length).fill(0)
  totals.set(subject, own)
  return own
}

function addAt(list: number[], index: number, value: number): void {
  list[index] = (list[index] ?? 0) + value
}

function printTotals(totals: ReadonlyMap<string, readonly number[]>): string {
  return printRows(
    new Map(
      Array.from(totals, ([subject, list]): [string, Row[]] => {
        const cells = figuresOf(subject).map((_, index) => {
          const total = list[index] ?? 0
          return total === 0 ? null : { total, of: slotSeconds }
        })
        return [subject, [{ seconds: slotSeconds, cells }]]
      }),
    ),
  )
}

/** Waits, but no longer than this process lives. */
function rest(ms: number, closing: AbortSignal): Promise<void> {
  if (closing.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      closing.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    closing.addEventListener('abort', done)
  })
}
