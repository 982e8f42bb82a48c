import * as v from 'valibot'
import { playbackPolicies } from '../enums.ts'

/** Sites that one playback id names at most, and keys of the operator's that sign its tokens. */
const allowedOriginsMax = 50
const tokenKeysMax = 5

/** A site as browsers name it in `Origin`: `https://example.com`. A path, a user or a star is refused. */
const siteOrigin = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(300, 'Use at most 300 characters.'),
  v.toLowerCase(),
  v.check((text) => {
    const url = URL.parse(text)
    return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.href === `${url.origin}/`
  }, 'Name a site like https://example.com, without a path.'),
  v.transform((text) => new URL(text).origin),
)

/** The public half of an Ed25519 key (RFC 8037). A private one is refused, as any field that is not here. */
const tokenKey = v.strictObject({
  kty: v.literal('OKP', 'Use an Ed25519 key: kty is OKP.'),
  crv: v.literal('Ed25519', 'Use an Ed25519 key: crv is Ed25519.'),
  /** 32 bytes, base64url. */
  x: v.pipe(v.string(), v.regex(/^[\w-]{43}$/, 'Must be 32 bytes in base64url.')),
  /** Tokens name it in their header. */
  kid: v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'Use 1 to 64 letters, digits, dots, dashes and underscores.')),
})

const allowedOrigins = v.pipe(
  v.array(siteOrigin),
  v.maxLength(allowedOriginsMax, `Name at most ${allowedOriginsMax} sites.`),
  v.transform((origins) => [...new Set(origins)]),
)

const tokenKeys = v.pipe(
  v.array(tokenKey),
  v.maxLength(tokenKeysMax, `Name at most ${tokenKeysMax} keys.`),
  v.check((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'Give each key a kid of its own.'),
)

const policy = v.picklist(playbackPolicies, 'Use public or signed.')

/** The public name of a live stream. It never equals or reveals the stream key. */
export const playbackIdSchema = v.strictObject({
  id: v.string(),
  /** `public`: whoever knows the id may watch. `signed`: whoever has a token for it. */
  policy: v.picklist(playbackPolicies),
  /** Sites whose pages may play it; empty: every site. */
  allowed_origins: v.array(v.string()),
  /** Public keys by which tokens may be signed, beside those that `POST …/tokens` makes. */
  token_keys: v.array(v.strictObject({ kty: v.string(), crv: v.string(), x: v.string(), kid: v.string() })),
})
export type PlaybackId = v.InferOutput<typeof playbackIdSchema>

/** Body of `POST /v1/live-streams/:id/playback-ids`. */
export const createPlaybackId = v.strictObject({
  policy: v.optional(policy, 'public'),
  allowed_origins: v.optional(allowedOrigins, []),
  token_keys: v.optional(tokenKeys, []),
})

/** Body of `PATCH /v1/live-streams/:id/playback-ids/:playback_id`; what is left out stays. */
export const patchPlaybackId = v.strictObject({
  policy: v.optional(policy),
  allowed_origins: v.optional(allowedOrigins),
  token_keys: v.optional(tokenKeys),
})

/** A token lasts from a minute to a week. */
const tokenSeconds = 'Use whole seconds from 60 (a minute) to 604800 (a week).'

/** Body of `POST /v1/live-streams/:id/playback-ids/:playback_id/tokens`. */
export const createPlaybackToken = v.strictObject({
  /** Seconds from now on. */
  expires_in_s: v.optional(
    v.pipe(v.number(), v.integer(tokenSeconds), v.minValue(60, tokenSeconds), v.maxValue(7 * 24 * 3600, tokenSeconds)),
    3600,
  ),
})

/** Answer: who has the token may watch until it is over. */
export const playbackTokenSchema = v.strictObject({
  /** A JWT (EdDSA): `aud` is the playback id. */
  token: v.string(),
  expires_at: v.string(),
  /** For players that only take an address: the token is in it. */
  hls_url: v.string(),
  dash_url: v.string(),
  watch_url: v.string(),
})
