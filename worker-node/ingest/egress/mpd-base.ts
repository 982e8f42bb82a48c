const mpdStart = /<(?:\w+:)?MPD(?:\s[^>]*)?>/
const baseUrl = /(<(?:\w+:)?BaseURL(?:\s[^>]*)?>)\s*([^<]*?)\s*(?=<\/)/g

/**
 * The MPD with an absolute BaseURL at its top (ISO/IEC 23009-1 §5.6): FFmpeg 5.1 takes relative addresses from where it
 * was sent first, not from where a redirect led.
 */
export function withAbsoluteBase(mpd: string, url: URL): string {
  const start = mpdStart.exec(mpd)
  if (start === null) return mpd
  const from = start.index + start[0].length
  const period = mpd.slice(from).search(/<(?:\w+:)?Period[\s>]/)
  const to = period < 0 ? mpd.length : from + period
  const head = mpd.slice(from, to)
  const given = head.replace(baseUrl, (_, tag: string, text: string) => {
    const base = URL.parse(unescaped(text), url)
    return tag + (base ? escaped(base.href) : text)
  })
  const inserted =
    given === head && !head.includes('BaseURL') ? `<BaseURL>${escaped(new URL('.', url).href)}</BaseURL>` : ''
  return mpd.slice(0, from) + inserted + given + mpd.slice(to)
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
