import type { JWTVerifyGetKey } from 'jose'
import { JobRefused, mediaAccessSeconds, verifyMediaAccess } from '#schema/job-signature.ts'

interface MediaAccessOptions {
  readonly workerId: string
  /** Control's public keys. */
  readonly trustedKeys: JWTVerifyGetKey
  /** By control's clock. */
  readonly now: () => Date
}

/** Tokens remembered at most: control makes a new one every few minutes. */
const rememberedMax = 50

/**
 * Knows control, and a cache that it let in, by the bearer of a request: media that is not for everybody goes to nobody else,
 * or signed playback could be gone around here.
 */
export class MediaAccess {
  readonly #options: MediaAccessOptions
  /** When each was checked, Unix milliseconds: a signature is not checked anew with each segment. */
  readonly #known = new Map<string, number>()

  constructor(options: MediaAccessOptions) {
    this.#options = options
  }

  /** `authorization`: the header. */
  async isControl(authorization: string | undefined): Promise<boolean> {
    const token = /^Bearer (\S{1,2048})$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return false
    const { workerId, trustedKeys, now } = this.#options
    const nowMs = now().getTime()
    const checkedMs = this.#known.get(token)
    if (checkedMs !== undefined && nowMs - checkedMs < (mediaAccessSeconds / 10) * 1000) return true
    try {
      await verifyMediaAccess(token, workerId, trustedKeys, now())
    } catch (error) {
      if (error instanceof JobRefused) return false
      throw error
    }
    this.#known.delete(token)
    const [oldest] = this.#known.keys()
    if (this.#known.size >= rememberedMax && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(token, nowMs)
    return true
  }
}
