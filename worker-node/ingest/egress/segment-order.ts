import type { IncomingMessage } from 'node:http'
import { delay } from '../../delay.ts'
import type { HttpClient, HttpRequest } from './http-client.ts'

const askAgainMs = 250
/** More than a manifest lists of one programme. */
const mostRemembered = 1_024

/**
 * Puts a player's requests for live segments in order. FFmpeg 5.1 asks for the segments of live DASH before their time and runs
 * on where they are not there; and it falls back with each new manifest, asking again for what it had. So a segment is waited for,
 * and given once.
 */
export class SegmentOrder {
  readonly #patienceMs: number
  readonly #given = new Set<string>()

  /** Waits so long for a segment that is not there yet (404), milliseconds. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  wasGiven(key: string): boolean {
    return this.#given.has(key)
  }

  given(key: string): void {
    this.#given.add(key)
    const [oldest] = this.#given
    if (this.#given.size > mostRemembered && oldest !== undefined) this.#given.delete(oldest)
  }

  async send(wanted: HttpRequest, client: HttpClient): Promise<IncomingMessage> {
    const deadlineMs = performance.now() + this.#patienceMs
    for (;;) {
      const answer = await client.send(wanted)
      if (answer.statusCode !== 404 || performance.now() >= deadlineMs) return answer
      answer.resume()
      await delay(askAgainMs, wanted.signal)
    }
  }
}
