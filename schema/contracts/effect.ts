import * as v from 'valibot'

/**
 * `now`: it holds at once, and nobody notices. `new_encode`: another encode begins beside the one that runs and takes its
 * place; publish sessions and players go on. `begins`: a publish session begins. `reconnects`: one ends, and a new one
 * begins. `ends`: a publish session ends. `next_broadcast`: nothing is on air that it could change.
 */
export const effectKinds = ['now', 'new_encode', 'begins', 'reconnects', 'ends', 'next_broadcast'] as const
export type EffectKind = (typeof effectKinds)[number]

/** What the change of one field does to the broadcast that is on. */
export const effectSchema = v.strictObject({
  field: v.string(),
  effect: v.picklist(effectKinds),
  /** A sentence. */
  detail: v.string(),
})
export type Effect = v.InferOutput<typeof effectSchema>

/** `?dry_run=1` on a change: it is checked and its effects are answered, and nothing is changed. */
export const dryRunQuery = v.strictObject({
  dry_run: v.optional(
    v.pipe(
      v.picklist(['0', '1', 'false', 'true'], 'Use 1 to try the change out, or leave it out.'),
      v.transform((word) => word === '1' || word === 'true'),
    ),
    '0',
  ),
})
