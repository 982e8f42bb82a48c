import * as v from 'valibot'

const fields = v.nullable(v.record(v.string(), v.unknown()))

/** A change that somebody made, or was not allowed to make. */
export const auditEntry = v.strictObject({
  id: v.string(),
  at: v.string(),
  /** Who, as they were called then. */
  actor: v.strictObject({
    token_id: v.nullable(v.string()),
    /** Null: a token of the install. */
    user_id: v.nullable(v.string()),
    name: v.string(),
  }),
  /** What: `live_stream.change`, `token.create`, `destination.retry`, … */
  action: v.string(),
  /** `refused`: the credential was not allowed to. */
  outcome: v.picklist(['done', 'refused']),
  target: v.strictObject({ type: v.string(), id: v.nullable(v.string()), name: v.nullable(v.string()) }),
  /** The live stream that it hangs on. */
  live_stream_id: v.nullable(v.string()),
  /** Fields as the API answered them before, of those that were changed; never secrets. Null: it was not there, or nothing shows it. */
  before: fields,
  after: fields,
  /** Why it was refused. */
  detail: v.nullable(v.string()),
  /** Finds the lines of the same request in the logs. */
  request_id: v.string(),
})
export type AuditEntry = v.InferOutput<typeof auditEntry>
