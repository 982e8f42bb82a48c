/** What a path under `/live/` names. Names are checked by shape only; whether they exist is for the package to say. */
export type Route = { readonly playbackId: string } & (
  | { readonly kind: 'multivariant' | 'manifest' | 'snapshot' | 'time' }
  | { readonly kind: 'playlist'; readonly trackId: string }
  | { readonly kind: 'init'; readonly epoch: string; readonly trackId: string }
  | { readonly kind: 'segment'; readonly epoch: string; readonly trackId: string; readonly sequence: number }
  | {
      readonly kind: 'part'
      readonly epoch: string
      readonly trackId: string
      readonly sequence: number
      readonly part: number
    }
)

const stream = /^\/live\/([\w-]{1,64})\/([\w./-]{1,160})$/
const media = /^([\w-]{1,64})\/([\w-]{1,32})\/(?:(init)\.mp4|(\d{1,15})(?:\.(\d{1,6}))?\.m4s)$/
const playlist = /^([\w-]{1,32})\.m3u8$/

/** The route of a path (without query), or null if it is none of ours. Nothing is decoded: our names need no escapes. */
export function parseRoute(path: string): Route | null {
  const [, playbackId, rest] = stream.exec(path) ?? []
  if (playbackId === undefined || rest === undefined) return null
  if (rest === 'index.m3u8') return { kind: 'multivariant', playbackId }
  if (rest === 'manifest.mpd') return { kind: 'manifest', playbackId }
  if (rest === 'snapshot.jpg') return { kind: 'snapshot', playbackId }
  if (rest === 'time') return { kind: 'time', playbackId }
  const [, listed] = playlist.exec(rest) ?? []
  if (listed !== undefined) return { kind: 'playlist', playbackId, trackId: listed }
  const [, epoch, trackId, init, sequence, part] = media.exec(rest) ?? []
  if (epoch === undefined || trackId === undefined) return null
  if (init !== undefined) return { kind: 'init', playbackId, epoch, trackId }
  if (part === undefined) return { kind: 'segment', playbackId, epoch, trackId, sequence: Number(sequence) }
  return { kind: 'part', playbackId, epoch, trackId, sequence: Number(sequence), part: Number(part) }
}
