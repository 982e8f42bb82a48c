/** What a path under `/live/` names. Names are checked by shape only; whether they exist is for the package to say. */
export type Route = { readonly playbackId: string } & (
  | { readonly kind: 'multivariant' | 'manifest' | 'snapshot' | 'time' }
  | { readonly kind: 'playlist'; readonly trackId: string }
  | {
      readonly kind: 'init'
      readonly epoch: string
      readonly trackId: string
      /** Number of the configuration. */
      readonly number: number
      /** Parameter sets are in the samples too. */
      readonly inband: boolean
    }
  | {
      readonly kind: 'segment'
      readonly epoch: string
      readonly trackId: string
      readonly sequence: number
      /** With its init segment in front. */
      readonly selfInitializing: boolean
    }
  | {
      /** Segments from a keyframe to the one before the next: what DASH calls a segment where keyframes are rare. */
      readonly kind: 'group'
      readonly epoch: string
      readonly trackId: string
      /** Presentation time, ticks. */
      readonly start: number
    }
  | {
      readonly kind: 'part'
      readonly epoch: string
      readonly trackId: string
      readonly sequence: number
      readonly part: number
    }
)

const stream = /^\/live\/([\w-]{1,64})\/([\w./-]{1,160})$/
const init = /^([\w-]{1,64})\/([\w-]{1,32})\/(init|avc3)(?:-([1-9]\d{0,14}))?\.mp4$/
const media = /^([\w-]{1,64})\/([\w-]{1,32})\/(\d{1,15})(?:(\.mp4)|(?:\.(\d{1,6}))?\.m4s)$/
const group = /^([\w-]{1,64})\/([\w-]{1,32})\/t(\d{1,15})\.m4s$/
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
  return parseInit(playbackId, rest) ?? parseGroup(playbackId, rest) ?? parseMedia(playbackId, rest)
}

function parseInit(playbackId: string, rest: string): Route | null {
  const [, epoch, trackId, form, number = '1'] = init.exec(rest) ?? []
  if (epoch === undefined || trackId === undefined) return null
  return { kind: 'init', playbackId, epoch, trackId, number: Number(number), inband: form === 'avc3' }
}

function parseGroup(playbackId: string, rest: string): Route | null {
  const [, epoch, trackId, start] = group.exec(rest) ?? []
  if (epoch === undefined || trackId === undefined) return null
  return { kind: 'group', playbackId, epoch, trackId, start: Number(start) }
}

function parseMedia(playbackId: string, rest: string): Route | null {
  const [, epoch, trackId, number, whole, part] = media.exec(rest) ?? []
  if (epoch === undefined || trackId === undefined) return null
  const sequence = Number(number)
  if (part !== undefined) return { kind: 'part', playbackId, epoch, trackId, sequence, part: Number(part) }
  return { kind: 'segment', playbackId, epoch, trackId, sequence, selfInitializing: whole !== undefined }
}
