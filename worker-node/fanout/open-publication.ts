import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import type { OpenPublication } from './publication.ts'
import { openPublication } from './rtmp-client.ts'
import { openSrtPublication } from './srt-client.ts'
import { noSrtHere } from './srt-errors.ts'

/** Opens publish sessions of every protocol; without an FFmpeg, all but SRT's. FFmpeg's words are logged as the destination's. */
export function publicationOpener(ffmpeg?: FfmpegBinary, destination?: string): OpenPublication {
  return async (target, options) => {
    if (target.protocol === 'rtmp') return openPublication(target, options)
    if (!ffmpeg) throw noSrtHere()
    const log = ffmpeg.log?.child({ destination })
    return openSrtPublication(target, options, { ...ffmpeg, ...(log && { log }) })
  }
}
