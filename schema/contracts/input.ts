import * as v from 'valibot'
import { inputStates, inputTypes } from '../enums.ts'
import { sourceDescription } from './source.ts'

/** Where media may be pulled from. */
export const pullProtocols = ['http:', 'https:', 'rtmp:', 'rtmps:', 'rtsp:', 'rtsps:', 'srt:'] as const

/** An address to pull from. User, password and query may be in it: all of that is a secret. */
export const pullUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(2_000),
  v.check((text) => {
    const url = URL.parse(text)
    return url !== null && url.hostname !== '' && pullProtocols.some((protocol) => protocol === url.protocol)
  }, 'Use an address that begins with http://, https://, rtmp://, rtmps://, rtsp://, rtsps:// or srt://.'),
  v.check(
    (text) => !/[\s\p{Cc}'\\]/u.test(text),
    'Write spaces, quotes and backslashes in the address as %20, %27, %5C.',
  ),
)

/** The page of a channel, as one would open it in a browser. */
export const channelUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(1_000),
  v.check((text) => {
    const url = URL.parse(text)
    return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.hostname !== '' && url.username === ''
  }, 'Use the address of the channel, like https://www.twitch.tv/name.'),
)

const quality = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[a-z0-9_+,]{1,100}$/, 'Use streamlink’s words, best first: "best", "720p60,best", "audio_only".'),
)

/** Of an account at the channel's site. */
export const oauthToken = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[\w-]{1,200}$/, 'Paste the token alone: letters, digits, “_” and “-”, without “OAuth” before it.'),
)

const name = v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(120)))

/** 1 is the first choice; the input with the lowest number that sends is on air. */
const priority = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))

const common = { name: v.optional(name, null), priority: v.optional(priority) }

const pullEntries = {
  /** One address … */
  url: v.optional(pullUrl),
  /** … or a playlist of files, played one after the other. */
  urls: v.optional(v.pipe(v.array(pullUrl), v.minLength(1, 'Name at least one file.'), v.maxLength(500))),
  /** Begins anew after the end: a channel that runs day and night. */
  loop: v.optional(v.boolean(), false),
}

/**
 * One input as an operator writes it. `push`: an encoder connects (RTMP, SRT, WHIP). `pull`: Weir fetches it from an
 * address. `channel`: Twitch and whatever else streamlink knows. `test`: a moving test picture with a clock and a tone.
 */
export const inputRequest = v.variant(
  'type',
  [
    v.strictObject({ type: v.literal('push'), ...common }),
    v.pipe(
      v.strictObject({ type: v.literal('pull'), ...common, ...pullEntries }),
      v.forward(
        v.check(({ url, urls }) => (url === undefined) !== (urls === undefined), 'Give either `url` or `urls`.'),
        ['url'],
      ),
    ),
    v.strictObject({
      type: v.literal('channel'),
      ...common,
      url: channelUrl,
      quality: v.optional(quality, 'best'),
      /** The OAuth token of a Twitch account. Write-only. */
      oauth_token: v.optional(v.nullable(oauthToken)),
    }),
    v.strictObject({ type: v.literal('test'), ...common }),
  ],
  'Use an object with a `type`, such as {"type": "push"}: `push`, `pull`, `channel` or `test`.',
)
export type InputRequest = v.InferOutput<typeof inputRequest>

/** Body of `PATCH …/inputs/:id`. The type is fixed; `url`, `urls`, `loop` are a pull's, `quality`, `oauth_token` a channel's. */
export const patchInput = v.strictObject({
  name: v.optional(name),
  priority: v.optional(priority),
  // Checked for the input's type where that is known: see control/streams/input-fields.ts.
  url: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(2_000))),
  urls: v.optional(pullEntries.urls.wrapped),
  loop: v.optional(v.boolean()),
  quality: v.optional(quality),
  oauth_token: v.optional(v.nullable(oauthToken)),
})
export type PatchInput = v.InferOutput<typeof patchInput>

/** What a channel says of itself. */
export const channelNow = v.strictObject({
  title: v.nullable(v.string()),
  author: v.nullable(v.string()),
  category: v.nullable(v.string()),
})
export type ChannelNow = v.InferOutput<typeof channelNow>

/** Observed state of one input; the worker reports it, the API shows it. */
export const inputStatus = v.strictObject({
  state: v.picklist(inputStates),
  /** What happens and what to do, in words. */
  state_detail: v.string(),
  state_since: v.string(),
  /** What it sends now; null while it sends nothing. */
  now: v.nullable(sourceDescription),
  channel: v.nullable(channelNow),
})
export type InputStatus = v.InferOutput<typeof inputStatus>

/** An input as the API answers it. Addresses stand in it without user, password and query. */
export const inputSchema = v.strictObject({
  id: v.string(),
  type: v.picklist(inputTypes),
  name: v.nullable(v.string()),
  priority: v.number(),
  /** An operator wants this one on air, whatever the priorities say. */
  pinned: v.boolean(),
  /** Where a pull or channel fetches from; null for other types. */
  urls: v.nullable(v.array(v.string())),
  loop: v.nullable(v.boolean()),
  quality: v.nullable(v.string()),
  has_oauth_token: v.boolean(),
  ...inputStatus.entries,
  created_at: v.string(),
  updated_at: v.string(),
})
export type Input = v.InferOutput<typeof inputSchema>

/** An input that nothing runs now. */
export const idleInput: Pick<InputStatus, 'state' | 'state_detail' | 'now' | 'channel'> = {
  state: 'idle',
  state_detail: 'The stream is not running.',
  now: null,
  channel: null,
}
