import * as v from 'valibot'

/**
 * Every error code of the API: its HTTP status, a short title (RFC 9457), and what to do about it. `/docs/errors` shows this
 * table, and `type` of each problem leads there.
 */
export const problemCodes = {
  invalid_json: [400, 'The body is not valid JSON', 'Send valid JSON; a tool such as jq shows where it breaks.'],
  invalid_query: [
    400,
    'A query parameter is not valid',
    '`errors` names each parameter and says what is wrong with it. Parameters that a route does not know are refused too.',
  ],
  invalid_header: [400, 'A header is not valid', '`errors` names the header and says how to write it.'],
  invalid_sdp: [400, 'The body is not an SDP offer', 'Publish with a program that speaks WHIP (RFC 9725).'],
  unauthorized: [
    401,
    'A valid credential is needed',
    'Send `Authorization: Bearer` with an API token, or sign in on the dashboard. Tokens that were deleted or are over do not work any more.',
  ],
  forbidden: [403, 'This credential may not do that', 'Use a token, or ask somebody, with the right to do it.'],
  stream_disabled: [403, 'The live stream is disabled', 'Enable it with `POST …/enable`, then try again.'],
  playback_token_needed: [
    403,
    'This stream needs a token to watch it',
    'Make one with `POST /v1/live-streams/:id/playback-ids/:playback_id/tokens`, and put it behind the playback id: `pb_…~<token>`.',
  ],
  playback_token_expired: [
    403,
    'The token to watch this stream is over',
    'Get a new one. The player fires `weir-token-needed` a while before, so that the page can give it one in time.',
  ],
  playback_token_invalid: [
    403,
    'This token does not let anybody watch this stream',
    'Sign it by a key of the playback id, with the playback id as `aud`, and `exp`; or let the API make it.',
  ],
  site_not_allowed: [
    403,
    'This stream may not be played on this site',
    'Add the site to `allowed_origins` of the playback id, or watch where it is allowed.',
  ],
  not_found: [404, 'There is nothing here', 'Check the address and the id. What was deleted is not found any more.'],
  unknown_stream_key: [404, 'No live stream has this stream key', 'Copy the stream key from the dashboard again.'],
  method_not_allowed: [
    405,
    'This address does not take that method',
    'The header `Allow` says which methods it takes.',
  ],
  not_acceptable: [
    406,
    'The answer would be of a type that is not accepted',
    'Leave the header `Accept` out, or name the type of the answer in it.',
  ],
  conflict: [
    409,
    'The request does not fit the present state',
    '`detail` says what stands in the way. Read the resource again, and try once it has changed.',
  ],
  idempotency_key_in_use: [
    409,
    'The first request with this Idempotency-Key is still being answered',
    'Wait for `Retry-After` seconds and send the same request again.',
  ],
  leased_elsewhere: [409, 'Another worker runs this live stream', 'Publish to the worker that is named in `worker`.'],
  place_elsewhere: [
    409,
    'Another worker has what this live stream needs',
    'Publish to the worker that is named in `worker`.',
  ],
  instance_retired: [
    409,
    'The worker was started again since',
    'End this process of the worker. Give each worker a data folder of its own.',
  ],
  version_skew: [
    409,
    'Worker and control plane are too many versions apart',
    'Bring both to the same version of Weir. One minor version apart works, so go one at a time.',
  ],
  precondition_failed: [
    412,
    'It was changed by somebody else in the meantime',
    'Read it again, make your change on that, and send it with the new ETag in `If-Match`.',
  ],
  body_too_large: [413, 'The body is too large', 'Send less: `detail` says how much is taken.'],
  unsupported_media_type: [
    415,
    'The body is of a type that is not taken here',
    'Set `Content-Type` to one of the types that `detail` names.',
  ],
  validation_failed: [
    422,
    'Some fields are not valid',
    '`errors` has a JSON pointer (RFC 6901) to each field and says what it must be. Fields that are not known are refused too.',
  ],
  idempotency_key_reused: [
    422,
    'This Idempotency-Key stands for another request',
    'Make a new key for each new request; use a key again only to repeat the very same request.',
  ],
  precondition_required: [428, 'A condition is needed', 'Send `If-Match` with the ETag of your last read.'],
  rate_limited: [429, 'Too many requests', 'Wait for `Retry-After` seconds, and send fewer requests at once.'],
  internal: [
    500,
    'Something went wrong on our side',
    'Try again. If it stays, look for `request_id` in the log of the control plane.',
  ],
  format_not_there: [501, 'The answer does not come in that format', 'Leave `format` out, or ask for `json`.'],
  worker_unreachable: [
    503,
    'The worker that runs this stream does not answer',
    'Try again in a moment: another worker takes the stream over if this one is gone.',
  ],
  no_capacity: [
    503,
    'No worker may take this live stream now',
    '`detail` says what is missing. Start a worker that has it, or change what the live stream asks for.',
  ],
  worker_silent: [504, 'The worker has not answered in time', 'Try again; check that the worker still runs.'],
} as const satisfies Record<string, readonly [status: number, title: string, advice: string]>
export type ProblemCode = keyof typeof problemCodes

/** An error answer, `application/problem+json` (RFC 9457), with our stable `code`. */
export const problemSchema = v.looseObject({
  /** Leads to this code at `/docs/errors`. */
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.picklist(Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]]),
  detail: v.string(),
  request_id: v.string(),
  errors: v.optional(v.array(v.strictObject({ pointer: v.string(), detail: v.string() }))),
})
export type Problem = v.InferOutput<typeof problemSchema>
