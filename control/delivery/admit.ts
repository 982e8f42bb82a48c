import { ApiError } from '../errors.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import type { FoundPlayback } from './find-playback.ts'
import type { CheckToken } from './playback-token.ts'

/** How a request that may have what it asks for is answered. */
export interface Admission {
  /** Which pages may read the answer (Fetch §3.3): every one, one site, or none but ours. */
  readonly openTo: '*' | (string & {}) | null
  /** Whether caches that others share may keep it. */
  readonly isForAll: boolean
}

/** Whether a playback id is for everybody who knows it; any other is served by workers to control only. */
export const isForAll = ({ policy, allowedOrigins }: Pick<FoundPlayback, 'policy' | 'allowedOrigins'>): boolean =>
  policy === 'public' && allowedOrigins.length === 0

/**
 * Lets a request to a playback id through, or throws a 403 that says why not. A token is checked where the id is signed. Of a
 * page, its site must be allowed, or be our own; a request that names no site, as apps make it, needs a token then.
 */
export async function admit(
  config: Runtime['config'],
  checkToken: CheckToken,
  playback: FoundPlayback,
  token: string | undefined,
  request: Request,
): Promise<Admission> {
  if (playback.policy === 'signed') await requireToken(checkToken, playback, token)
  if (playback.allowedOrigins.length === 0) return { openTo: '*', isForAll: playback.policy === 'public' }
  const site = siteOf(request)
  if (site === publicUrl(config, request) || (site === undefined && playback.policy === 'signed'))
    return { openTo: null, isForAll: false }
  if (site !== undefined && playback.allowedOrigins.includes(site)) return { openTo: site, isForAll: false }
  throw new ApiError(
    'site_not_allowed',
    site === undefined
      ? 'This stream plays only on certain sites, and this request names none. Watch it on a page of one of them.'
      : 'This stream may not be played on this site. Its owner can add the site to the allowed ones.',
  )
}

async function requireToken(checkToken: CheckToken, playback: FoundPlayback, token: string | undefined): Promise<void> {
  if (token === undefined)
    throw new ApiError(
      'playback_token_needed',
      'This stream needs a token to watch it. Ask for one where you found it.',
    )
  const state = await checkToken(playback, token)
  if (state === 'expired')
    throw new ApiError(
      'playback_token_expired',
      'The token to watch this stream is over. Get a new one; reload the page.',
    )
  if (state === 'invalid')
    throw new ApiError('playback_token_invalid', 'This token is not for this stream. Get a new one; reload the page.')
}

/** The site whose page made a request: `Origin`, else the one in `Referer`; undefined if it names none. */
function siteOf({ headers }: Request): string | undefined {
  const origin = headers.get('origin')
  if (origin !== null) return origin
  const referer = headers.get('referer')
  return referer === null ? undefined : URL.parse(referer)?.origin
}
