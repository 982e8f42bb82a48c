import * as v from 'valibot'

/** An answer to an oEmbed consumer (oembed.com §2.3.4.2): a player to put into a page. */
export const oembedSchema = v.strictObject({
  version: v.literal('1.0'),
  type: v.literal('video'),
  provider_name: v.string(),
  provider_url: v.string(),
  title: v.string(),
  width: v.number(),
  height: v.number(),
  html: v.string(),
  cache_age: v.number(),
})
export type Oembed = v.InferOutput<typeof oembedSchema>

/** Of a player whose frame nobody bounds, pixels. */
const usualWidth = 640
const ratio = 16 / 9

interface Wanted {
  readonly url: string
  readonly playbackId: string
  readonly title: string
  readonly provider: string
  readonly maxWidth?: number | undefined
  readonly maxHeight?: number | undefined
}

/** What to embed for a stream: as large as usual, within what the consumer has room for. */
export function oembedOf({ url, playbackId, title, provider, maxWidth, maxHeight }: Wanted): Oembed {
  const width = Math.floor(Math.min(usualWidth, maxWidth ?? Infinity, (maxHeight ?? Infinity) * ratio))
  const height = Math.round(width / ratio)
  return {
    version: '1.0',
    type: 'video',
    provider_name: provider,
    provider_url: url,
    title,
    width,
    height,
    html: `<iframe src="${attribute(url)}/embed/${playbackId}" width="${width}" height="${height}" title="${attribute(title)}" style="border:0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>`,
    cache_age: 300,
  }
}

/** The playback id in the address of one of our pages for viewers; undefined: it is another address. */
export function playbackIdIn(address: string, url: string): string | undefined {
  const parsed = URL.parse(address)
  if (parsed?.origin !== url) return undefined
  return /^\/(?:watch|embed)\/([\w-]{1,64})\/?$/.exec(parsed.pathname)?.[1]
}

/**
 * The element by which consumers find the oEmbed of a watch page (oembed.com §4). `playbackId` is safe in an address; `url` has
 * the host that the client named, in which a quote may stand.
 */
export const discoveryLink = (url: string, playbackId: string): string =>
  `<link rel="alternate" type="application/json+oembed" href="${attribute(url)}/oembed?format=json&amp;url=${encodeURIComponent(`${url}/watch/${playbackId}`)}" title="Live">`

const attribute = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
