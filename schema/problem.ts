import * as v from 'valibot'

/** Every error code of the API with its HTTP status and short title (RFC 9457). */
export const problemCodes = {
  invalid_json: [400, 'The body is not valid JSON'],
  invalid_query: [400, 'A query parameter is not valid'],
  invalid_sdp: [400, 'The body is not an SDP offer'],
  unauthorized: [401, 'A valid credential is needed'],
  forbidden: [403, 'This credential may not do that'],
  stream_disabled: [403, 'The live stream is disabled'],
  not_found: [404, 'There is nothing here'],
  unknown_stream_key: [404, 'No live stream has this stream key'],
  method_not_allowed: [405, 'This address does not take that method'],
  not_acceptable: [406, 'The answer would be of a type that is not accepted'],
  conflict: [409, 'The request does not fit the present state'],
  leased_elsewhere: [409, 'Another worker runs this live stream'],
  precondition_failed: [412, 'It was changed by somebody else in the meantime'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body is of a type that is not taken here'],
  validation_failed: [422, 'Some fields are not valid'],
  precondition_required: [428, 'A condition is needed'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'Something went wrong on our side'],
  worker_silent: [504, 'The worker has not answered in time'],
  worker_unreachable: [503, 'The worker that runs this stream does not answer'],
} as const satisfies Record<string, readonly [number, string]>
export type ProblemCode = keyof typeof problemCodes

/** An error answer, `application/problem+json` (RFC 9457), with our stable `code`. */
export const problemSchema = v.looseObject({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.picklist(Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]]),
  detail: v.string(),
  request_id: v.string(),
  errors: v.optional(v.array(v.strictObject({ pointer: v.string(), detail: v.string() }))),
})
export type Problem = v.InferOutput<typeof problemSchema>
