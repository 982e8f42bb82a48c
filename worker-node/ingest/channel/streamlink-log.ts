/** What a line of streamlink's own log tells. */
export type StreamlinkEvent =
  | { readonly kind: 'plugin'; readonly name: string }
  /** It asks the site for the channel. */
  | { readonly kind: 'asks' }
  /** The site knows the channel; `isBlocked`: but says that it must not be shown here. */
  | { readonly kind: 'known'; readonly isBlocked: boolean }
  /** There was nothing to see; it asks again later. */
  | { readonly kind: 'waits' }
  /** What there is to choose from, worst first, `best` and `worst` among them. */
  | { readonly kind: 'qualities'; readonly names: readonly string[] }
  | { readonly kind: 'subscribers_only'; readonly quality: string }
  | { readonly kind: 'opens'; readonly quality: string }
  | { readonly kind: 'ads_begin' }
  /** One segment of ads has been left out. */
  | { readonly kind: 'ad' }
  | { readonly kind: 'ads_end' }
  /** Anything that went wrong, in streamlink's words. */
  | { readonly kind: 'error'; readonly text: string }

type Reading = (match: RegExpExecArray) => StreamlinkEvent

/** Lines of streamlink 5 to 8; those of the level `debug` are what tells an offline channel from an unknown one. */
const readings: readonly (readonly [RegExp, Reading])[] = [
  [/^\[cli\]\[info\] Found matching plugin (\w+) for URL/, ([, name = '']) => ({ kind: 'plugin', name })],
  [/^\[plugins\.twitch\]\[debug\] Getting live HLS streams/, () => ({ kind: 'asks' })],
  [
    /^\[plugins\.twitch\]\[debug\] \{.*'geoblock_reason': '([^']*)'/,
    ([, reason]) => ({ kind: 'known', isBlocked: reason !== '' }),
  ],
  [/^\[cli\]\[info\] Waiting for streams/, () => ({ kind: 'waits' })],
  [
    /^\[cli\]\[info\] Available streams: (.*)/,
    ([, list = '']) => ({ kind: 'qualities', names: list.split(/[\s,()]+/).filter(Boolean) }),
  ],
  [
    /The quality '([^']+)' is not available since it requires a subscription/,
    ([, quality = '']) => ({ kind: 'subscribers_only', quality }),
  ],
  [/^\[cli\]\[info\] Opening stream: (\S+)/, ([, quality = '']) => ({ kind: 'opens', quality })],
  [/^\[stream\.hls\]\[info\] Filtering out segments/, () => ({ kind: 'ads_begin' })],
  [/^\[plugins\.twitch\]\[info\] Waiting for pre-roll ads/, () => ({ kind: 'ads_begin' })],
  [/^\[stream\.hls\]\[debug\] Discarding segment/, () => ({ kind: 'ad' })],
  [/^\[stream\.hls\]\[info\] Resuming stream output/, () => ({ kind: 'ads_end' })],
  [
    /^(?:\[[\w.]+\]\[error\]|streamlink: error:|error:|[\w.]*(?:Error|Exception):) ?(.*)/,
    ([, text = '']) => ({ kind: 'error', text }),
  ],
]

/** Reads one line; null: it tells nothing. The event of an error may hold addresses with secrets. */
export function readStreamlinkLine(line: string): StreamlinkEvent | null {
  for (const [pattern, read] of readings) {
    const match = pattern.exec(line)
    if (match) return read(match)
  }
  return null
}

/** Takes addresses, tokens and the given secret out of streamlink's words; at most 300 characters are left. */
export function redactStreamlink(text: string, secret: string | null): string {
  const withoutSecret = secret === null ? text : text.replaceAll(secret, '•••')
  return withoutSecret
    .replace(/\b([a-z][a-z0-9+.-]*):\/\/[^\s'"\])]+/gi, '$1://•••')
    .replace(/(url: |with url: )\S+/gi, '$1•••')
    .replace(/\b(OAuth|Bearer)\s+[^\s,;)]+/gi, '$1 •••')
    .replace(/\b(token|sig|signature|authorization)(["']?\s*[=:]\s*|\s+)[^\s,;)]+/gi, '$1$2•••')
    .slice(0, 300)
}
