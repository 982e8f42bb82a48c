import * as v from 'valibot'
import { destinationStates, inputTypes, severities } from '../enums.ts'

/** Stretches kept of one issue or input at most; of further ones those that lie closest are told as one. */
export const stretchesMax = 20
/** Destinations and issues counted of one session at most. */
export const talliesMax = 400
/** Changes of one session that control keeps at most, the newest. */
export const momentsMax = 2_000
/** Points of its history that one report may bring: what gathers in 15 minutes without control. */
export const pointsMax = 100

/** When something held, RFC 3339; `to` is null while it still holds, and where it held at the end. */
export const stretch = v.strictObject({ from: v.string(), to: v.nullable(v.string()) })
export type Stretch = v.InferOutput<typeof stretch>

/** How often and how long something held. */
const held = {
  times: v.number(),
  seconds: v.number(),
  stretches: v.pipe(v.array(stretch), v.maxLength(stretchesMax)),
}

/** What was counted of one destination since the session began, across all its publish sessions. */
export const destinationTally = v.strictObject({
  id: v.string(),
  /** All that is said of its address. */
  host: v.string(),
  platform: v.string(),
  /** How it stands, or stood at the end, and since when. */
  state: v.picklist(destinationStates),
  state_since: v.string(),
  /** Time in each state. */
  seconds: v.strictObject(
    Object.fromEntries(destinationStates.map((state) => [state, v.number()])) as Record<
      (typeof destinationStates)[number],
      v.NumberSchema<undefined>
    >,
  ),
  /** Of the time that it was broadcasting, that with the slate. */
  slate_seconds: v.number(),
  /** Attempts after one that failed or was lost. */
  retries: v.number(),
  /** Times that it was broadcasting and broke off, other than by an operator. */
  losses: v.number(),
  sessions: v.number(),
  bytes_sent: v.number(),
  dropped_ms: v.number(),
})
export type DestinationTally = v.InferOutput<typeof destinationTally>

export const inputTally = v.strictObject({
  id: v.string(),
  name: v.nullable(v.string()),
  type: v.picklist(inputTypes),
  ...held,
})
export type InputTally = v.InferOutput<typeof inputTally>

export const issueTally = v.strictObject({
  code: v.string(),
  severity: v.picklist(severities),
  detail: v.string(),
  fix: v.string(),
  input_id: v.nullable(v.string()),
  ...held,
})
export type IssueTally = v.InferOutput<typeof issueTally>

/**
 * What a worker has counted of a session since its first picture or slate. It is always the whole count, so that a report
 * which is lost or comes twice changes nothing.
 */
export const broadcastTally = v.strictObject({
  began_at: v.string(),
  /** Until when was counted; the end, once it is over. */
  at: v.string(),
  /** What goes out, or went out at the end, and since when. */
  on_air: v.picklist(['live', 'slate', 'nothing']),
  on_air_since: v.string(),
  live_seconds: v.number(),
  slate_seconds: v.number(),
  /** Time during which somebody fetched playlists of it. */
  watched_seconds: v.number(),
  /** Events of the session that its report tells of, so far: more than control keeps, perhaps. */
  changes: v.number(),
  destinations: v.pipe(v.array(destinationTally), v.maxLength(talliesMax)),
  inputs: v.pipe(v.array(inputTally), v.maxLength(talliesMax)),
  issues: v.pipe(v.array(issueTally), v.maxLength(talliesMax)),
})
export type BroadcastTally = v.InferOutput<typeof broadcastTally>

/** Means over some seconds of a session; the longer it lasts, the more seconds are one point. */
export const broadcastPoint = v.strictObject({
  at: v.string(),
  seconds: v.number(),
  /** What the input on air sent, kbit/s. */
  source_kbps: v.number(),
  /** What went out, all renditions and audio, kbit/s. */
  output_kbps: v.number(),
  /** Pictures a second of what was on air. */
  fps: v.number(),
  /** The furthest that the output stood behind the wall clock. */
  lateness_ms: v.number(),
})
export type BroadcastPoint = v.InferOutput<typeof broadcastPoint>
