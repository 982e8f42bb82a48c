import {
  allowedSeconds,
  cacheableBytesMax,
  cacheKey,
  type FetchMedia,
  type MediaAsked,
  type MediaCache,
} from './media-cache.ts'
import { OpenAnswer } from './open-answer.ts'
import { unreachable } from './origin.ts'
import { within } from './within.ts'

interface MemoryMediaCacheOptions {
  readonly fetchMedia: FetchMedia
  /** Bytes kept at most, with what each answer takes beside its body. */
  readonly maxBytes?: number
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number
}

/** What an answer takes in memory beside its body and its address, bytes: short ones count too, whoever asks for how many. */
const besideBodyBytes = 1_024

/** A whole answer, shared by everybody who gets it. */
interface KeptAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
  readonly keptAtMs: number
  readonly expiresAtMs: number
}

/** One fetch that several clients wait for; when the last of them has gone, it is given up. */
interface Flight {
  readonly answer: Promise<KeptAnswer | OpenAnswer>
  readonly abort: AbortController
  waiting: number
}

/** A worker that has begun an answer of known length sends all of it in this time, or is taken for lost, milliseconds. */
const longestBodyMs = 30_000
/** What is not there is asked for again after this long, whatever the worker allows: the next part may come any moment. */
const missingKeptMs = 500
/** A worker that does not answer is left alone for this long. */
const failureKeptMs = 500
/** Failures remembered at most. */
const failuresMax = 1_000

/**
 * Media answers in memory, the oldest dropped first beyond `maxBytes` (64 MiB), kept for as long as their Cache-Control
 * says. Identical requests at one time become one, also to an answer that still grows: who comes late gets what is there, and
 * then the rest with the others.
 */
export function memoryMediaCache({
  fetchMedia,
  maxBytes = 64 * 1024 * 1024,
  nowMs = () => performance.now(),
}: MemoryMediaCacheOptions): MediaCache {
  const kept = new Map<string, KeptAnswer>()
  const flights = new Map<string, Flight>()
  const failures = new Map<string, { readonly error: unknown; readonly untilMs: number }>()
  let keptBytes = 0

  function find(key: string): KeptAnswer | undefined {
    const answer = kept.get(key)
    if (!answer || answer.expiresAtMs > nowMs()) return answer
    drop(key, answer)
    return undefined
  }

  function drop(key: string, answer: KeptAnswer): void {
    kept.delete(key)
    keptBytes -= sizeOf(key, answer)
  }

  function keep(key: string, answer: KeptAnswer): void {
    const before = kept.get(key)
    if (before) drop(key, before)
    kept.set(key, answer)
    keptBytes += sizeOf(key, answer)
    for (const [oldestKey, oldest] of kept) {
      if (keptBytes <= maxBytes) break
      drop(oldestKey, oldest)
    }
  }

  function keepIfAllowed(key: string, status: number, headers: Headers, body: Uint8Array<ArrayBuffer>): KeptAnswer {
    const allowedMs = status === 200 || status === 404 ? allowedSeconds(headers) * 1000 : 0
    const keptMs = status === 404 ? Math.min(allowedMs, missingKeptMs) : allowedMs
    const answer = { status, headers, body, keptAtMs: nowMs(), expiresAtMs: nowMs() + keptMs }
    if (keptMs > 0 && body.byteLength <= cacheableBytesMax) keep(key, answer)
    return answer
  }

  function failedLately(key: string): { readonly error: unknown } | undefined {
    const failure = failures.get(key)
    if (!failure || failure.untilMs > nowMs()) return failure
    failures.delete(key)
    return undefined
  }

  function rememberFailure(key: string, error: unknown): void {
    const [oldest] = failures.keys()
    if (failures.size >= failuresMax && oldest !== undefined) failures.delete(oldest)
    failures.set(key, { error, untilMs: nowMs() + failureKeptMs })
  }

  /** Starts the one fetch for `key`. */
  function startFlight(key: string, asked: MediaAsked): Flight {
    const abort = new AbortController()
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    const fly = async (): Promise<KeptAnswer | OpenAnswer> => {
      const response = await fetchMedia(asked, abort.signal)
      const { status, headers, body } = response
      if (asked.method === 'GET' && body && headers.get('content-length') === null) {
        const open = new OpenAnswer({ status, headers, body, maxBytes: cacheableBytesMax, onDone: land })
        void open.whole.then((bytes) => bytes && keepIfAllowed(key, status, withLength(headers, bytes), bytes))
        return open
      }
      return keepIfAllowed(key, status, headers, await wholeBody(response, abort))
    }
    const flight: Flight = { answer: fly(), abort, waiting: 0 }
    flight.answer.then(
      (answer) => answer instanceof OpenAnswer || land(),
      (error: unknown) => {
        if (!abort.signal.aborted) rememberFailure(key, error)
        land()
      },
    )
    flights.set(key, flight)
    return flight
  }

  return {
    async serve(asked, viewer) {
      if (!asked.cacheable) return fetchMedia(asked, viewer)
      const key = cacheKey(asked)
      const known = find(key)
      if (known) return responseOf(known, nowMs())
      const failure = failedLately(key)
      if (failure) throw failure.error
      const flight = flights.get(key) ?? startFlight(key, asked)
      const forget = () => {
        if (flights.get(key) === flight) flights.delete(key)
      }
      const answer = await waitFor(flight, viewer, forget)
      if (!(answer instanceof OpenAnswer)) return responseOf(answer, nowMs())
      // It has grown too long to begin anew with: this viewer has it to himself.
      return answer.read(viewer) ?? fetchMedia(asked, viewer)
    },
  }
}

const sizeOf = (key: string, { body }: KeptAnswer): number => body.byteLength + key.length + besideBodyBytes

/** The flight's answer; a client that goes leaves it to the others, and the last one to go ends it. */
async function waitFor(flight: Flight, client: AbortSignal, forget: () => void): Promise<KeptAnswer | OpenAnswer> {
  flight.waiting++
  let leave = () => {}
  const gone = new Promise<never>((_, reject) => {
    leave = () => {
      flight.waiting--
      if (flight.waiting === 0) {
        forget()
        flight.abort.abort()
      }
      reject(client.reason)
    }
  })
  if (client.aborted) leave()
  else client.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([flight.answer, gone])
  } finally {
    client.removeEventListener('abort', leave)
  }
}

/** The body of an answer; a worker that breaks off, or begins and does not go on, is as good as lost. */
async function wholeBody(response: Response, abort: AbortController): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const whole = await within(longestBodyMs, response.arrayBuffer())
    if (whole !== 'late') return new Uint8Array(whole)
  } catch (cause) {
    throw abort.signal.aborted ? cause : unreachable(cause)
  }
  abort.abort()
  throw unreachable('It did not send all that it began.')
}

function responseOf({ status, headers, body, keptAtMs }: KeptAnswer, nowMs: number): Response {
  const answer = new Response(body, { status, headers })
  const ageSeconds = Math.floor((nowMs - keptAtMs) / 1000)
  if (ageSeconds > 0) answer.headers.set('age', String(ageSeconds))
  return answer
}

function withLength(headers: Headers, { byteLength }: Uint8Array): Headers {
  const all = new Headers(headers)
  all.set('content-length', String(byteLength))
  return all
}
