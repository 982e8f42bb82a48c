import * as v from 'valibot'
import { videoEncoders } from '../enums.ts'

/** A label of a worker, like `region=eu` or `disk=fast`. Key: small letters, digits, `.`, `_`, `-` and `/`. */
export const label = v.pipe(
  v.string(),
  v.trim(),
  v.regex(
    /^[a-z0-9][a-z0-9._/-]{0,62}=[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/,
    'Write a label as key=value, like region=eu: letters, digits, ".", "_", "-" and "/", at most 63 on each side.',
  ),
)

/** At most so many of a worker, or asked for by a live stream. */
export const labelsMax = 20

/** Labels; of two with one key the last counts. */
export const labelList = v.pipe(
  v.array(label),
  v.maxLength(labelsMax, `Give at most ${labelsMax} labels.`),
  v.transform((labels) => joinLabels(labels)),
)

/** Where a live stream may run. */
export const placement = v.strictObject({
  /** A worker must have all of these labels; none: any worker will do. What runs now goes on where it is. */
  labels: v.optional(labelList, []),
})
export type Placement = v.InferOutput<typeof placement>

/** Lists of labels as one: of two with one key the later counts. Sorted, so that equal ones are alike. */
export function joinLabels(...lists: readonly (readonly string[])[]): string[] {
  const byKey = new Map(lists.flat().map((text) => [text.slice(0, text.indexOf('=')), text]))
  return [...byKey.values()].sort()
}

/** What an encoder of a worker could encode beside what it encodes now. */
export const encoderRoom = v.strictObject({
  name: v.picklist(videoEncoders),
  /** In the units of its capacity. */
  encode_units: v.pipe(v.number(), v.minValue(0)),
})
export type EncoderRoom = v.InferOutput<typeof encoderRoom>
