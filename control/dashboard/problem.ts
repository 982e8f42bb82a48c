import type { Problem } from '#schema/problem.ts'

/** What the API refused or could not do, in words for people; thrown by every call of `Api`. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem'
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  /** What is wrong with each field, by the field's JSON pointer (RFC 6901) in the body. */
  readonly fields: ReadonlyMap<string, string>

  constructor(status: number, detail: string, fields: ReadonlyMap<string, string> = new Map(), cause?: unknown) {
    super(detail, { cause })
    this.status = status
    this.fields = fields
  }

  /** True where nobody is signed in, or no longer. */
  get isSignedOut(): boolean {
    return this.status === 401
  }
}

/** Whatever was thrown, as a problem to show. */
export const asProblem = (error: unknown): RequestProblem =>
  error instanceof RequestProblem ? error : new RequestProblem(0, 'This page made a mistake. Reload it and try again.')

/** No answer came: the network or the server is away. */
export const noAnswer = (cause: unknown): RequestProblem =>
  new RequestProblem(
    0,
    'Weir does not answer. Check that it runs and that you are online, then try again.',
    undefined,
    cause,
  )

/** Reads an answer that refuses: problem+json (RFC 9457), or whatever a proxy in between says. */
export async function readProblem(response: Response): Promise<RequestProblem> {
  const fallback = `Weir cannot do this now (${response.status}). Try again in a moment.`
  if (!response.headers.get('content-type')?.startsWith('application/problem+json'))
    return new RequestProblem(response.status, fallback)
  const problem: Partial<Problem> = await response.json().catch(() => ({}))
  const fields = new Map((problem.errors ?? []).map(({ pointer, detail }) => [pointer, detail]))
  return new RequestProblem(response.status, problem.detail ?? fallback, fields)
}
