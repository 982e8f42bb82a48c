import { PullError } from './pull-error.ts'

/** Codecs that FFmpeg can put into a transport stream and that Weir reads there. */
const fitting = new Set([
  ...['h264', 'hevc', 'mpeg2video', 'mpeg1video'],
  ...['aac', 'aac_latm', 'mp2', 'mp3', 'ac3', 'eac3', 'opus'],
])

/** One stream that an FFmpeg copies. */
export interface CopiedStream {
  readonly kind: 'video' | 'audio'
  /** FFmpeg's name of the codec. */
  readonly codec: string
}

/** The streams of the output, as FFmpeg tells them on stderr before it writes the first byte. */
export function copiedStreams(stderr: string): CopiedStream[] {
  const output = stderr.slice(Math.max(0, stderr.indexOf('Output #0')))
  return [...output.matchAll(/Stream #0:\d+[^:\n]*: (Video|Audio): (\w+)/g)].map(([, kind, codec = '']) => ({
    kind: kind === 'Video' ? 'video' : 'audio',
    codec,
  }))
}

/** Whether the sound must be encoded to AAC to be carried on. */
export function needsAudioEncode(streams: readonly CopiedStream[]): boolean {
  return streams.some(({ kind, codec }) => kind === 'audio' && !fitting.has(codec))
}

/** The error for a picture in a codec that can't be carried on; null: it can. */
export function pictureFault(streams: readonly CopiedStream[]): PullError | null {
  const unfit = streams.find(({ kind, codec }) => kind === 'video' && !fitting.has(codec))
  if (!unfit) return null
  return new PullError(
    'codec_unsupported',
    `The picture is ${unfit.codec.toUpperCase()}, which can't be pulled.`,
    'Let the source send H.264 (or HEVC, MPEG-2).',
  )
}
