import * as v from 'valibot'

/** Samples begin and end with these: a batch lies within one of them. Seconds. */
export const sampleBlockSeconds = 600
/** Seconds of samples that one heartbeat brings of a session at most; what gathers while control is away comes bit by bit. */
export const batchSecondsMax = 30
/** Characters of one batch at most. */
export const batchTextMax = 20_000

/** What was measured each second, as a heartbeat carries it: what control has not acknowledged yet. */
export const sampleBatch = v.strictObject({
  /** Unix seconds of the first one, by control's clock. All of them lie within the same ten minutes (`at / 600`). */
  at: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** One row for each second of each subject: `s=5012,4800,300;5007,4790,300|d.dst_1=2900,0;2901,0`. Whole numbers; see schema/samples. */
  text: v.pipe(v.string(), v.maxLength(batchTextMax)),
})
export type SampleBatch = v.InferOutput<typeof sampleBatch>
