/** Why a page is asked for a token: there is none, it ends soon, it is over, or the server takes it for nothing. */
export type TokenNeed = 'missing' | 'expiring' | 'expired' | 'refused'

/** What the server says of a request that it refuses, and what the page can do about it; null: nothing that we know. */
export const tokenNeeds: Readonly<Record<string, TokenNeed>> = {
  playback_token_needed: 'missing',
  playback_token_expired: 'expired',
  playback_token_invalid: 'refused',
}

/** A new token is asked for this long before the end of the one there is, milliseconds; of a short one, half its time before. */
const aheadMs = 60_000

/** How addresses name what is to be played: the playback id, with a token behind it for signed playback. */
export function playbackName(playbackId: string, token: string | null): string {
  return token ? `${playbackId.split('~', 1)[0]}~${token}` : playbackId
}

/** An address of media with the token of `name` in the place of the one that it was made with. */
export const withNameIn = (url: string, name: string): string =>
  name.includes('~') ? url.replace(/(\/live\/)[^/?#]+/, (_, folder: string) => folder + name) : url

/** Milliseconds until a new token should be asked for; null where the name has none, or none that tells its end. */
export function renewalDelayMs(name: string, nowMs: number): number | null {
  const expiresMs = expiryMs(name)
  if (expiresMs === null) return null
  const leftMs = expiresMs - nowMs
  return Math.max(0, leftMs - Math.min(aheadMs, leftMs / 2))
}

/** Tells when a new token should be asked for. */
export class TokenRenewal {
  readonly #onDue: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(onDue: () => void) {
    this.#onDue = onDue
  }

  /** Goes by the token in `name` from now on. */
  plan(name: string): void {
    this.stop()
    const delayMs = renewalDelayMs(name, Date.now())
    // A timer takes 24 days at most.
    if (delayMs !== null) this.#timer = setTimeout(this.#onDue, Math.min(delayMs, 2 ** 31 - 1))
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** `exp` of the JWT (RFC 7519 §4.1.4), unchecked: the server does that. */
function expiryMs(name: string): number | null {
  const payload = name.split('~')[1]?.split('.')[1]
  if (payload === undefined) return null
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown }
    return typeof exp === 'number' ? exp * 1000 : null
  } catch {
    return null
  }
}
