import * as v from 'valibot'
import { playbackFailures } from '../samples/figures.ts'

/** Body of a beacon at most, bytes. */
export const beaconBytesMax = 1_024

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max))
const amount = (max: number) => v.pipe(v.number(), v.minValue(0), v.maxValue(max))

/**
 * Body of `POST /v1/beacons`: how it plays for one page, since its last beacon. As JSON, or as text as `navigator.sendBeacon` sends
 * it. Nothing in it is of a person: the page's id is random, and forgotten with the page. Answer: 204, whether or not it counts.
 */
export const beacon = v.strictObject({
  playback_id: v.pipe(v.string(), v.regex(/^pb_[0-9A-Za-z]{1,40}$/)),
  page_id: v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/)),
  protocol: v.picklist(['hls', 'dash', 'native']),
  /** Seconds since the page saw the first picture: 15 make a viewer. */
  age_s: amount(10_000_000),
  /** Of these, since the last beacon. */
  played_s: amount(120),
  stalled_s: amount(120),
  stalls: count(1_000),
  /** From the wish to play to the first picture; only in the first beacon after that. */
  startup_ms: v.optional(amount(600_000)),
  /** As they are now; left out where the browser does not tell. */
  latency_ms: v.optional(amount(86_400_000)),
  bitrate_kbps: v.optional(amount(1_000_000)),
  frames: v.optional(count(100_000)),
  dropped_frames: v.optional(count(100_000)),
  failures: v.optional(v.pipe(v.array(v.picklist(playbackFailures)), v.maxLength(10))),
})
export type Beacon = v.InferOutput<typeof beacon>
