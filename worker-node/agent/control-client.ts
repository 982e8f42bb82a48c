import { SignJWT } from 'jose'
import * as v from 'valibot'
import { contractHeaders, contractNumber, readContract } from '#schema/contract-version.ts'
import type { ProblemCode } from '#schema/problem.ts'
import { tolerant } from '#schema/tolerant.ts'
import { version } from '../version.ts'
import { ControlTime } from './control-time.ts'
import { type Identity, privateKey } from './identity.ts'

/** Longest wait for an answer of control, milliseconds. */
const requestTimeoutMs = 10_000
/** The Date header has whole seconds: a difference below this says nothing, milliseconds. */
const noticeableMs = 2_000
/** From here on a person should set the clock of this machine, milliseconds. */
const wrongClockMs = 5_000

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
  readonly #time = new ControlTime()
  /** Names this start of the process. */
  readonly #headers = { [contractHeaders.instance]: crypto.randomUUID() }
  /** Told once when this machine's clock is wrong: milliseconds that it is ahead of control's; negative: behind. */
  onWrongClock: (aheadMs: number) => void = () => {}
  #toldOfClock = false

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
    timeoutMs = requestTimeoutMs,
  ): Promise<v.InferOutput<Schema>> {
    const url = `${this.#controlUrl}${path}`
    let learned = false
    const ask = async () => {
      const onTime = (time: string, sentMs: number) => {
        learned = this.#heard(time, sentMs)
      }
      const bearer = await this.#token()
      return postToControl(url, { bearer, body, answer, signal, onTime, timeoutMs, headers: this.#headers })
    }
    try {
      return await ask()
    } catch (error) {
      // Our token was of another time. The refusal said what time it is.
      if (learned && error instanceof ControlRefusal && error.status === 401) return ask()
      throw error
    }
  }

  /** Control's clock, Unix milliseconds, as its answers have told it. */
  unixMs(): number {
    return this.#time.unixMs()
  }

  /** GETs a file, piece by piece; until `signal` aborts there is no limit of time. Throws like {@link post}. */
  async *download(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const url = `${this.#controlUrl}${path}`
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${await this.#token()}`, ...versionHeaders, ...this.#headers },
        signal,
      })
      if (!response.ok) throw new ControlRefusal(response.status, (await response.json()) as Record<string, unknown>)
      if (response.body) yield* response.body
    } catch (cause) {
      throw cause instanceof ControlRefusal ? cause : unreachable(url, cause)
    }
  }

  /** Whether that was news. */
  #heard(time: string, sentMs: number): boolean {
    const before = this.#time.unixMs()
    if (Math.abs(Date.parse(time) - before) < noticeableMs) return false
    this.#time.heard(time, sentMs)
    const aheadMs = Date.now() - this.#time.unixMs()
    if (Math.abs(aheadMs) >= wrongClockMs && !this.#toldOfClock) {
      this.#toldOfClock = true
      this.onWrongClock(aheadMs)
    }
    return Math.abs(this.#time.unixMs() - before) >= noticeableMs
  }

  async #token(): Promise<string> {
    const issuedAt = Math.floor(this.#time.unixMs() / 1_000)
    return new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(this.#workerId)
      .setAudience('weir-control')
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + 45)
      .sign(await this.#key)
  }
}

/** Of every request: which contract we speak, and for people which version that is. */
const versionHeaders = { [contractHeaders.contract]: String(contractNumber), [contractHeaders.version]: version }

/** Of a control plane that refuses what we say because it does not know it yet. */
const olderControl = {
  code: 'version_skew',
  detail:
    'The control plane is of an older version than this worker, and does not understand it. Upgrade the control plane.',
} as const

interface Request<Schema> {
  readonly bearer: string
  readonly body: unknown
  readonly answer: Schema
  readonly signal?: AbortSignal | undefined
  /** Told of control's clock as the answer has it; `sentMs` is monotonic. */
  readonly onTime?: (time: string, sentMs: number) => void
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** POSTs JSON with a bearer token and checks the answer against `answer`; of a newer control, what is not known is passed over. */
export async function postToControl<Schema extends v.GenericSchema>(
  url: string,
  { bearer, body, answer, signal, onTime, timeoutMs = requestTimeoutMs, headers }: Request<Schema>,
): Promise<v.InferOutput<Schema>> {
  const sentMs = performance.now()
  const timeout = AbortSignal.timeout(timeoutMs)
  const { status, contract, json } = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', ...versionHeaders, ...headers },
    body: JSON.stringify(body),
    signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
  })
    .then(async (response) => {
      const time = response.headers.get(contractHeaders.time) ?? response.headers.get('date')
      if (time !== null && !Number.isNaN(Date.parse(time))) onTime?.(time, sentMs)
      const contract = readContract(response.headers.get(contractHeaders.contract))
      return { status: response.status, contract, json: (await response.json()) as unknown }
    })
    .catch((cause: unknown) => {
      throw unreachable(url, cause)
    })
  if (status === 422 && contract < contractNumber) throw new ControlRefusal(status, olderControl)
  if (status >= 400) throw new ControlRefusal(status, json as Record<string, unknown>)
  return v.parse(tolerant(answer), json)
}

const unreachable = (url: string, cause: unknown) =>
  new ControlUnreachable(`The control plane at ${new URL(url).origin} does not answer.`, { cause })
