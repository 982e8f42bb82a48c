/**
 * How an address names what is to be played: `pb_…`, or `pb_…~<token>` for signed playback. The token stands in the path, so
 * the relative addresses in playlists and manifests carry it on, in players that know nothing of it.
 */
export interface PlaybackName {
  readonly playbackId: string
  readonly token: string | undefined
}

const mark = '~'

export function readPlaybackName(text: string): PlaybackName {
  const at = text.indexOf(mark)
  return at < 0
    ? { playbackId: text, token: undefined }
    : { playbackId: text.slice(0, at), token: text.slice(at + mark.length) }
}

export const printPlaybackName = ({ playbackId, token }: PlaybackName): string =>
  token === undefined ? playbackId : `${playbackId}${mark}${token}`

/** A path as it may be logged: with the token of signed playback left out. */
export const withoutPlaybackToken = (path: string): string => path.replace(/(\bpb_\w+(?:~|%7e))[^/?#\s"']+/gi, '$1•••')
