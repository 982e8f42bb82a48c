import * as v from 'valibot'
import { assetContentTypes } from '../asset-types.ts'

/** What a card says large: trimmed, 1–160 characters on one line. */
const cardText = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Write at least one character, or null for the usual words.'),
  v.maxLength(160, 'Use at most 160 characters; more would be too small to read.'),
  v.check((text) => !/\p{Cc}/u.test(text), 'Leave out control characters and line breaks.'),
)

const card = {
  type: v.literal('card'),
  /** null: the usual words of the moment. The stream's name stands below. */
  text: v.optional(v.nullable(cardText), null),
}
const image = { type: v.literal('image'), asset_id: v.string() }
/** Played in a loop with its sound; of a long one the first 60 seconds at most. */
const video = { type: v.literal('video'), asset_id: v.string() }
/** How long it is shown before the broadcast ends; 0: not at all. */
const seconds = { seconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600)), 0) }

const wantedWords = 'Use an object with a `type`, such as {"type": "card"}: `card`, `image` or `video`; or null.'

export const slateChoice = v.variant(
  'type',
  [v.strictObject(card), v.strictObject(image), v.strictObject(video)],
  wantedWords,
)
export type SlateChoice = v.InferOutput<typeof slateChoice>

export const closingSlateChoice = v.variant(
  'type',
  [
    v.strictObject({ ...card, ...seconds }),
    v.strictObject({ ...image, ...seconds }),
    v.strictObject({ ...video, ...seconds }),
  ],
  wantedWords,
)
export type ClosingSlateChoice = v.InferOutput<typeof closingSlateChoice>

/**
 * The slates of a live stream, or those of the whole install. null in a stream: what the install has; null in the install:
 * Weir's own card, and none after the broadcast.
 */
export const slateSettings = v.strictObject({
  before: v.nullable(slateChoice),
  during: v.nullable(slateChoice),
  after: v.nullable(closingSlateChoice),
})
export type SlateSettings = v.InferOutput<typeof slateSettings>

export const noSlateSettings: SlateSettings = { before: null, during: null, after: null }

/** A change of them; what is left out stays. */
export const slateSettingsChange = v.strictObject({
  before: v.optional(v.nullable(slateChoice)),
  during: v.optional(v.nullable(slateChoice)),
  after: v.optional(v.nullable(closingSlateChoice)),
})
export type SlateSettingsChange = v.InferOutput<typeof slateSettingsChange>

/** An uploaded file in a job: where to get it is known, what it must be is stated. */
export const jobAsset = v.strictObject({
  id: v.string(),
  name: v.string(),
  content_type: v.picklist(assetContentTypes),
  size_bytes: v.number(),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})
export type JobAsset = v.InferOutput<typeof jobAsset>

/** A final choice: defaults are filled in. */
export const jobSlate = v.variant('type', [
  v.strictObject({ type: v.literal('card'), text: v.nullable(v.string()) }),
  v.strictObject({ type: v.literal('image'), asset: jobAsset }),
  v.strictObject({ type: v.literal('video'), asset: jobAsset }),
])
export type JobSlate = v.InferOutput<typeof jobSlate>

/** The slates of a job. */
export const jobSlates = v.strictObject({
  before: jobSlate,
  during: jobSlate,
  after: jobSlate,
  /** 0: the broadcast ends without one. */
  after_seconds: v.number(),
})
export type JobSlates = v.InferOutput<typeof jobSlates>

/** How far the worker is with a slate; while one of somebody's own is not ready, the card takes its place. */
export const slateState = v.strictObject({
  state: v.picklist(['encoding', 'ready', 'failed']),
  /** 0–100. */
  percent: v.number(),
  /** What went wrong, in words. */
  detail: v.nullable(v.string()),
})
export type SlateState = v.InferOutput<typeof slateState>

/** The same for each moment; null: not needed now. */
export const slateStatus = v.strictObject({
  before: v.nullable(slateState),
  during: v.nullable(slateState),
  after: v.nullable(slateState),
})
export type SlateStatus = v.InferOutput<typeof slateStatus>
