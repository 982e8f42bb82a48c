import { SignJWT } from 'jose'
import * as v from 'valibot'
import type { ProblemCode } from '#schema/problem.ts'
import { type Identity, privateKey } from './identity.ts'

/** Longest wait for an answer of control, milliseconds. */
const requestTimeoutMs = 10_000

/** Control answered with a refusal: `code` is stable, `body` the whole problem. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal'
  readonly status: number
  readonly code: ProblemCode | 'unknown'
  readonly body: { readonly [field: string]: unknown }

  constructor(status: number, problem: { readonly [field: string]: unknown }) {
    super(typeof problem.detail === 'string' ? problem.detail : `Control answered ${status}.`)
    this.status = status
    this.body = problem
    this.code = typeof problem.code === 'string' ? (problem.code as ProblemCode) : 'unknown'
  }
}

/** Control could not be reached or did not answer in time. */
export class ControlUnreachable extends Error {
  override readonly name = 'ControlUnreachable'
}

/** Speaks to control as one worker: every request carries a fresh token that the worker signs itself. */
export class ControlClient {
  readonly #controlUrl: string
  readonly #workerId: string
  readonly #key: Promise<CryptoKey>

  /** `controlUrl` has no slash at the end. */
  constructor(controlUrl: string, identity: Identity) {
    this.#controlUrl = controlUrl
    this.#workerId = identity.workerId
    this.#key = privateKey(identity.signingKey, 'EdDSA')
  }

  /** POSTs `body` and checks the answer; aborting `signal` gives up at once. Throws {@link ControlRefusal} or {@link ControlUnreachable}. */
  async post<Schema extends v.GenericSchema>(
    path: string,
    body: unknown,
    answer: Schema,
    signal?: AbortSignal,
  ): Promise<v.InferOutput<Schema>> {
    return postToControl(`${this.#controlUrl}${path}`, await this.#token(), body, answer, signal)
  }

  /** GETs a file, piece by piece; until `signal` aborts there is no limit of time. Throws like {@link post}. */
  async *download(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const url = `${this.#controlUrl}${path}`
    try {
      const response = await fetch(url, { headers: { authorization: `Bearer ${await this.#token()}` }, signal })
      if (!response.ok) throw new ControlRefusal(response.status, (await response.json()) as Record<string, unknown>)
      if (response.body) yield* response.body
    } catch (cause) {
      throw cause instanceof ControlRefusal ? cause : unreachable(url, cause)
    }
  }

  async #token(): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(this.#workerId)
      .setAudience('weir-control')
      .setIssuedAt()
      .setExpirationTime('45s')
      .sign(await this.#key)
  }
}

/** POSTs JSON with a bearer token and checks the answer against `answer`. */
export async function postToControl<Schema extends v.GenericSchema>(
  url: string,
  bearer: string,
  body: unknown,
  answer: Schema,
  signal?: AbortSignal,
): Promise<v.InferOutput<Schema>> {
  const timeout = AbortSignal.timeout(requestTimeoutMs)
  const { status, json } = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
  })
    .then(async (response) => ({ status: response.status, json: (await response.json()) as unknown }))
    .catch((cause: unknown) => {
      throw unreachable(url, cause)
    })
  if (status >= 400) throw new ControlRefusal(status, json as Record<string, unknown>)
  return v.parse(answer, json)
}

const unreachable = (url: string, cause: unknown) =>
  new ControlUnreachable(`The control plane at ${new URL(url).origin} does not answer.`, { cause })
