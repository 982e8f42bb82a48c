import * as v from 'valibot'
import { latencyModes } from '../enums.ts'
import { ladderRequest, ladderSchema } from './ladder.ts'
import { reconnectWindow } from './reconnect-window.ts'
import { noSlateSettings, slateSettings, slateSettingsChange } from './slate.ts'

/** One line that people read: trimmed, without control characters. */
const line = (longest: number, none = '') =>
  v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, `Write at least one character${none}.`),
    v.maxLength(longest, `Use at most ${longest} characters.`),
    v.check((text) => !/\p{Cc}/u.test(text), 'Leave out control characters and line breaks.'),
  )

const orNull = ', or null for none'

const webAddress = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(500, 'Use at most 500 characters.'),
  v.check((text) => {
    const url = URL.parse(text)
    return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '' && url.password === ''
  }, 'Use a web address like https://example.com/terms.'),
)

/**
 * Who holds the rights in what is streamed. It goes with every stream: in the HLS and DASH playlists, in the metadata that
 * platforms get, and in the player's information.
 */
export const copyrightProfile = v.strictObject({
  /** Null: nobody is named. */
  owner: v.nullable(line(120, orNull)),
  /** A sentence of your own, such as "All rights reserved." */
  notice: v.nullable(line(500, orNull)),
  /** Where the terms can be read. */
  url: v.nullable(webAddress),
})
export type CopyrightProfile = v.InferOutput<typeof copyrightProfile>

/** What new live streams have where their creator names nothing else. */
export const streamDefaults = v.strictObject({
  latency_mode: v.picklist(latencyModes),
  ladder: ladderSchema,
  /** Seconds. */
  reconnect_window: reconnectWindow,
})
export type StreamDefaults = v.InferOutput<typeof streamDefaults>

/** How Weir's own pages look: dashboard, watch page, embedded player. */
export const brand = v.strictObject({
  name: line(60),
  /** `#rrggbb` of buttons and links; null: Weir's own. */
  accent: v.nullable(v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i, 'Use a colour like #096a8c.'), v.toLowerCase())),
  /** An uploaded picture; null: Weir's own mark. */
  logo_asset_id: v.nullable(v.string()),
})
export type Brand = v.InferOutput<typeof brand>

/** Where viewers fetch media. */
export const playbackSettings = v.strictObject({
  /**
   * A CDN of your own that viewers fetch public media from, like `https://cdn.example`; null: from control. Its origin is control,
   * or the workers themselves: `{worker}` stands for the name of the worker that runs the stream, as in
   * `https://{worker}.cdn.example`. Our own pages fetch from control, and so does everybody what is signed or for certain sites
   * only: it is checked there.
   */
  base_url: v.nullable(
    v.pipe(
      v.string(),
      v.trim(),
      v.maxLength(300, 'Use at most 300 characters.'),
      v.check((text) => {
        const url = URL.parse(text.replace('{worker}', 'worker'))
        return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.href === `${url.origin}/`
      }, 'Use an address like https://cdn.example or https://{worker}.cdn.example, without a path.'),
      v.transform((text) => text.replace(/\/$/, '')),
    ),
  ),
})

/** Answer of `GET /v1/settings`: what holds for the whole install. */
export const installSettings = v.strictObject({
  /** Slates of live streams that choose none of their own. */
  slate: slateSettings,
  defaults: streamDefaults,
  copyright_profile: copyrightProfile,
  brand,
  playback: playbackSettings,
})
export type InstallSettings = v.InferOutput<typeof installSettings>
export type SettingsSection = keyof InstallSettings

/** What holds where nobody has set anything. */
export const initialSettings: InstallSettings = {
  slate: noSlateSettings,
  defaults: { latency_mode: 'tutorial', ladder: { preset: 'auto' }, reconnect_window: 60 },
  copyright_profile: { owner: 'ExpertDevUX professional development services', notice: null, url: null },
  brand: { name: 'Weir', accent: null, logo_asset_id: null },
  playback: { base_url: null },
}

/** Body of `PATCH /v1/settings`; what is left out stays. */
export const patchInstallSettings = v.strictObject({
  slate: v.optional(slateSettingsChange),
  defaults: v.optional(v.partial(v.strictObject({ ...streamDefaults.entries, ladder: ladderRequest }))),
  copyright_profile: v.optional(v.partial(copyrightProfile)),
  brand: v.optional(v.partial(brand)),
  playback: v.optional(v.partial(playbackSettings)),
})
export type PatchInstallSettings = v.InferOutput<typeof patchInstallSettings>

/** Answer of `GET /v1/settings/start`: what is set where control is started and holds until the next start. */
export const startSettings = v.strictObject({
  /** Where browsers reach control (`WEIR_PUBLIC_URL`); null: under whatever address they asked. */
  public_url: v.nullable(v.string()),
  /** Sites whose pages may call the API (`WEIR_CORS_ORIGINS`); `*`: all. */
  cors_origins: v.array(v.string()),
  /** Requests that one token may make in a minute (`WEIR_RATE_LIMIT`); 0: as many as it likes. */
  rate_limit_per_minute: v.number(),
  /** The header in which the web server before control writes the client's address (`WEIR_TRUSTED_PROXY`); null: there is none. */
  trusted_proxy_header: v.nullable(v.string()),
  /** Whether Prometheus may read with a token of its own (`WEIR_METRICS_TOKEN`). */
  has_metrics_token: v.boolean(),
})
export type StartSettings = v.InferOutput<typeof startSettings>

/** Answer of `GET /brand`, for anybody. */
export const publicBrand = v.strictObject({
  name: v.string(),
  accent: v.nullable(v.string()),
  logo_url: v.nullable(v.string()),
})
export type PublicBrand = v.InferOutput<typeof publicBrand>
