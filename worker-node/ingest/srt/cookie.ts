import { createHmac, randomBytes } from 'node:crypto'

/** A cookie is taken for one to two of these, ms. */
const periodMs = 60_000

/**
 * The cookie of the induction phase (draft-sharabayko-srt-01 §4.3.1): a digest over the peer's address and the minute
 * under a key that only this process has. So a peer shows that it gets what is sent to its address, and until then
 * nothing is kept of it.
 */
export class CookieJar {
  readonly #key = randomBytes(32)
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** 32 bits. */
  bake(address: string, port: number): number {
    return this.#digest(address, port, this.#period())
  }

  isOurs(cookie: number, address: string, port: number): boolean {
    const period = this.#period()
    return [period, period - 1].some((each) => this.#digest(address, port, each) === cookie)
  }

  #period(): number {
    return Math.floor(this.#nowMs() / periodMs)
  }

  #digest(address: string, port: number, period: number): number {
    return createHmac('sha256', this.#key).update(`${address}|${port}|${period}`).digest().readUInt32BE(0)
  }
}
