import { type Problem, type ProblemCode, problemCodes } from '#schema/problem.ts'

/** One field that is not as it should be; `pointer` is a JSON pointer (RFC 6901) into the body or `?name` in the query. */
export interface FieldError {
  readonly pointer: string
  readonly detail: string
}

interface ApiErrorOptions {
  readonly errors?: readonly FieldError[]
  /** Further members of the problem (RFC 9457 §3.2). */
  readonly extra?: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/** The only error that routes throw. `detail` says in everyday words what happened and what to do; it holds no secret. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ProblemCode
  readonly options: ApiErrorOptions

  constructor(code: ProblemCode, detail: string, options: ApiErrorOptions = {}) {
    super(detail, { cause: options.cause })
    this.code = code
    this.options = options
  }

  get status(): number {
    return problemCodes[this.code][0]
  }

  /** The answer's body (RFC 9457); `url` is where control is reached, and has a page about each code. */
  toProblem(requestId: string, url: string): Problem {
    const [status, title] = problemCodes[this.code]
    return {
      type: `${url}/docs/errors#${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      request_id: requestId,
      ...(this.options.errors && { errors: [...this.options.errors] }),
      ...this.options.extra,
    }
  }
}

/** Where all of a kind are listed. */
const lists = {
  alert: '/v1/alerts',
  asset: '/v1/assets',
  broadcast: '/v1/live-streams/{id}/broadcasts',
  delivery: '/v1/webhooks/{id}/deliveries',
  destination: '/v1/live-streams/{id}/destinations',
  input: '/v1/live-streams/{id}/inputs',
  invitation: '/v1/invitations',
  'join token': '/v1/join-tokens',
  'live stream': '/v1/live-streams',
  'playback id': '/v1/live-streams/{id}/playback-ids',
  'sign-in': '/v1/sessions',
  'signing key': '/v1/keys',
  token: '/v1/tokens',
  user: '/v1/users',
  webhook: '/v1/webhooks',
  worker: '/v1/workers',
} as const

/** 404 for a resource named in the path. */
export const notFound = (what: keyof typeof lists): ApiError =>
  new ApiError(
    'not_found',
    `There is no ${what} with this id. It was deleted, or there is a mistake in the id. GET ${lists[what]} shows what there is.`,
  )
