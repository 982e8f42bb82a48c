import { cacheSeconds, type LoadMedia, type MediaCache } from '../delivery/media-cache.ts'

interface MemoryMediaCacheOptions {
  /** Bodies kept at most, bytes. */
  readonly maxBytes?: number
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number
}

/** A whole answer, shared by everybody who gets it. */
interface KeptAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
  readonly expiresAtMs: number
}

/** One fetch that several clients wait for; when the last of them has gone, it is given up. */
interface Flight {
  /** The kept answer, or null: not to be shared, each client fetches for itself. */
  readonly answer: Promise<KeptAnswer | null>
  readonly abort: AbortController
  waiting: number
  /** An answer that is not to be shared: the first client that still waits takes it. */
  single?: Response | undefined
}

/**
 * Media answers in memory, the oldest dropped first beyond `maxBytes` (64 MiB), kept for as long as their
 * Cache-Control says. Identical requests at one time become one; what may not be kept is passed through as it comes.
 */
export function memoryMediaCache({
  maxBytes = 64 * 1024 * 1024,
  nowMs = () => performance.now(),
}: MemoryMediaCacheOptions = {}): MediaCache {
  const kept = new Map<string, KeptAnswer>()
  const flights = new Map<string, Flight>()
  let keptBytes = 0

  function find(key: string): KeptAnswer | undefined {
    const answer = kept.get(key)
    if (answer && answer.expiresAtMs <= nowMs()) drop(key, answer)
    else return answer
    return undefined
  }

  function drop(key: string, answer: KeptAnswer): void {
    kept.delete(key)
    keptBytes -= answer.body.byteLength
  }

  function keep(key: string, answer: KeptAnswer): void {
    const before = kept.get(key)
    if (before) drop(key, before)
    kept.set(key, answer)
    keptBytes += answer.body.byteLength
    for (const [oldestKey, oldest] of kept) {
      if (keptBytes <= maxBytes) break
      drop(oldestKey, oldest)
    }
  }

  /** Starts the one fetch for `key`. */
  function startFlight(key: string, load: LoadMedia): Flight {
    const abort = new AbortController()
    const fly = async (): Promise<KeptAnswer | null> => {
      const response = await load(abort.signal)
      const seconds = cacheSeconds(response)
      if (seconds === 0) {
        flight.single = response
        return null
      }
      const body = new Uint8Array(await response.arrayBuffer())
      const answer = { status: response.status, headers: response.headers, body, expiresAtMs: nowMs() + seconds * 1000 }
      keep(key, answer)
      return answer
    }
    const flight: Flight = {
      answer: fly().finally(() => {
        if (flights.get(key) === flight) flights.delete(key)
      }),
      abort,
      waiting: 0,
    }
    flights.set(key, flight)
    return flight
  }

  return {
    async serve(key, load, client) {
      const known = find(key)
      if (known) return responseOf(known)
      const flight = flights.get(key) ?? startFlight(key, load)
      const answer = await waitFor(flight, client, () => flights.get(key) === flight && flights.delete(key))
      if (answer) return responseOf(answer)
      const { single } = flight
      flight.single = undefined
      return single ?? load(client)
    },
  }
}

/** The flight's answer; a client that goes leaves it to the others, and the last one to go ends it. */
async function waitFor(flight: Flight, client: AbortSignal, forget: () => void): Promise<KeptAnswer | null> {
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

function responseOf({ status, headers, body }: KeptAnswer): Response {
  return new Response(body, { status, headers })
}
