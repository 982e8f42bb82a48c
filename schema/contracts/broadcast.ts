import * as v from 'valibot'
import { severities, statusReasons } from '../enums.ts'
import { broadcastPoint, destinationTally, inputTally, issueTally } from './broadcast-tally.ts'

/** `live`: it is on. `ended`: its worker ended it. `lost`: its worker fell silent, and what is known ends there. */
export const broadcastStates = ['live', 'ended', 'lost'] as const
export type BroadcastState = (typeof broadcastStates)[number]

/** What viewers got. `unknown`: too long ago to be kept, or told by nobody. */
export const programmeStates = ['live', 'slate', 'unknown'] as const
/**
 * What a destination got or did. `slate`: it was broadcasting, and the slate was what it got. `slow`: it was broadcasting,
 * and media was left out because it did not take all of it.
 */
export const deliveryStates = [
  'idle',
  'starting',
  'broadcasting',
  'slow',
  'slate',
  'retrying',
  'errored',
  'unknown',
] as const
export type DeliveryState = (typeof deliveryStates)[number]

const spanOf = <const States extends readonly string[]>(states: States) =>
  v.strictObject({
    state: v.picklist(states),
    from: v.string(),
    /** Of what still goes on: until when it is known. */
    to: v.string(),
    /** Why, in words; empty where nothing was said. */
    detail: v.string(),
    /** Why: of the programme the status' reason, of a destination the code of its error or hold; null: not known, or none. */
    reason: v.nullable(v.string()),
  })
export const programmeSpan = spanOf(programmeStates)
export type ProgrammeSpan = v.InferOutput<typeof programmeSpan>
export const deliverySpan = spanOf(deliveryStates)
export type DeliverySpan = v.InferOutput<typeof deliverySpan>

/**
 * What became of a broadcast at a destination. `unbroken`: it got all of it from where it began. `ended`: it was ended, or
 * ended and begun anew, by a person, its rules or its limit. `troubled`: it was refused, lost or left something out.
 * `never`: it was not on air, and not meant to be.
 */
export const deliveryOutcomes = ['unbroken', 'ended', 'troubled', 'never'] as const
export type DeliveryOutcome = (typeof deliveryOutcomes)[number]

/**
 * One broadcast in a list. A broadcast is one session of a live stream that was seen: from its first picture or slate to its
 * end. The last 100 of each live stream are kept.
 */
export const broadcastSummary = v.strictObject({
  id: v.string(),
  live_stream_id: v.string(),
  session_id: v.string(),
  /** The live stream's name then. */
  name: v.string(),
  state: v.picklist(broadcastStates),
  started_at: v.string(),
  /** Null while it is live; of a lost one, when its worker was heard last. */
  ended_at: v.nullable(v.string()),
  /** Null while it is live. */
  end_reason: v.nullable(v.picklist(statusReasons)),
  end_detail: v.nullable(v.string()),
  /** Seconds until now or its end. */
  duration_s: v.number(),
  slate_s: v.number(),
  /** Destinations that were on air, or were to be. */
  destinations: v.number(),
  /** Those of them that were refused, lost or left something out. */
  destinations_with_trouble: v.number(),
})
export type BroadcastSummary = v.InferOutput<typeof broadcastSummary>

/** Something that went wrong, with its time. */
export const incident = v.strictObject({
  kind: v.picklist(['source', 'destination', 'input', 'encoder', 'worker', 'issue']),
  severity: v.picklist(severities),
  from: v.string(),
  /** Null: it lasted to the end, or lasts. */
  to: v.nullable(v.string()),
  /** What repeats itself is told once. */
  times: v.number(),
  /** A few words: what was wrong with what, and how often. */
  title: v.string(),
  detail: v.string(),
})
export type Incident = v.InferOutput<typeof incident>

const { id, host, platform, slate_seconds: slate_s, ...destinationCounts } = destinationTally.entries

/** What is known of one broadcast; while it is live, so far. */
export const broadcastReport = v.strictObject({
  ...broadcastSummary.entries,
  /** The broadcast before it that it goes on with, after the loss or the stop of a worker; and the one that goes on with it. */
  continues: v.nullable(v.string()),
  continued_by: v.nullable(v.string()),
  /** Until when it is known. */
  known_until: v.string(),
  /** The most important in sentences. */
  summary: v.array(v.string()),
  /** In the order of time. */
  incidents: v.array(incident),
  programme: v.strictObject({ live_s: v.number(), slate_s: v.number(), spans: v.array(programmeSpan) }),
  delivery: v.array(
    v.strictObject({
      id,
      /** Its own, else its platform's, else its host. */
      name: v.string(),
      platform,
      host,
      ...destinationCounts,
      /** Of the time that it was broadcasting, that with the slate. */
      slate_s,
      /** Seconds in which it was to broadcast and could not, its attempts included. */
      away_s: v.number(),
      outcome: v.picklist(deliveryOutcomes),
      spans: v.array(deliverySpan),
    }),
  ),
  inputs: v.array(inputTally),
  source: v.strictObject({
    /** While a live picture was on air, kbit/s; null where nothing was measured. */
    bitrate_kbps: v.nullable(v.strictObject({ lowest: v.number(), mean: v.number(), highest: v.number() })),
    fps: v.nullable(v.strictObject({ lowest: v.number(), mean: v.number(), highest: v.number() })),
    points: v.array(broadcastPoint),
  }),
  issues: v.array(issueTally),
  viewers: v.strictObject({
    /** The most pages that played it at a time; null: none told of itself. Other players than ours are not counted. */
    peak: v.nullable(v.number()),
    /** Different pages that played it, about; null likewise. */
    pages: v.nullable(v.number()),
    /** Seconds during which somebody fetched playlists, be it one viewer or a cache that serves thousands. */
    watched_s: v.number(),
    detail: v.string(),
  }),
  /** What happened, in the order of time: the newest 2,000 changes. */
  moments: v.array(
    v.strictObject({
      id: v.string(),
      at: v.string(),
      type: v.string(),
      detail: v.string(),
      destination_id: v.nullable(v.string()),
      input_id: v.nullable(v.string()),
    }),
  ),
  /** Older changes that are not kept; the spans that they would tell of are `unknown`. */
  moments_left_out: v.number(),
})
export type BroadcastReport = v.InferOutput<typeof broadcastReport>
export type ReportMoment = BroadcastReport['moments'][number]
