import { Writable } from 'node:stream'
import { FlvReader } from '../media/flv-reader.ts'
import type { Sample, VideoTrack } from '../media/sample.ts'
import type { FfmpegExit } from './ffmpeg-process.ts'
import { FlvSamples, SoundChanged } from './flv-samples.ts'
import { KeyframeSnapshots } from './keyframe-snapshots.ts'
import { plannedTracks } from './outputs.ts'
import { PassedSound } from './passed-sound.ts'
import type { Transcode, TranscodeOptions } from './transcoder.ts'

/** Reports of progress, milliseconds. */
const reportEachMs = 1_000

/**
 * Sends what an FLV source sends, untouched: the same as a transcode to those behind it, but nothing is decoded and no
 * FFmpeg runs, except for a preview picture now and then, and, where it `listens`, to measure the sound.
 */
export function startFlvPassthrough(options: TranscodeOptions): Transcode {
  const { plans, signal, onProgress } = options
  const { promise: exited, resolve } = Promise.withResolvers<FfmpegExit>()
  const [audio, video] = plannedTracks(plans[0])
  if (!video) throw new Error('A passthrough has one picture and one sound.')
  const snapshots = new KeyframeSnapshots(options)
  const heard = options.listens
    ? new PassedSound({ ...options, onSound: (block) => options.onSound?.(block) })
    : undefined
  let track: VideoTrack | undefined
  let frames = 0
  let reportedFrames = 0
  const samples = new FlvSamples({
    videoId: video.id,
    audioId: audio.id,
    videoBitrate: video.bitrate,
    audioBitrate: audio.bitrate,
    frameDuration: video.frameDuration,
    onTrack: (found) => {
      if (found.kind === 'video') track = found
      else heard?.begin(found)
      options.onTrack(found)
    },
    onSample: (trackId, sample) => {
      if (trackId === video.id) onPicture(sample)
      else onSound(sample)
      options.onSample(trackId, sample)
    },
  })
  const onPicture = (sample: Sample) => {
    frames++
    if (sample.begins?.kind === 'video') track = sample.begins
    if (sample.keyframe && track) snapshots.keyframe(track, sample)
  }
  const onSound = (sample: Sample) => {
    if (sample.begins?.kind === 'audio') heard?.begin(sample.begins)
    heard?.sample(sample)
  }
  const timer = setInterval(() => {
    onProgress?.({
      ...{ frames, fps: frames - reportedFrames, speed: null, droppedFrames: 0, duplicatedFrames: 0 },
    })
    reportedFrames = frames
  }, reportEachMs)
  const reader = new FlvReader((tag) => samples.take(tag))
  const finish = (exit: Partial<FfmpegExit>) => {
    clearInterval(timer)
    signal.removeEventListener('abort', stop)
    stdin.destroy()
    void Promise.all([heard?.end(), snapshots.idle()]).then(() =>
      resolve({ reason: 'ended', code: 0, fault: null, stderrTail: '', ...exit }),
    )
  }
  const stdin = new Writable({
    write: (chunk: Buffer, _, done) => {
      try {
        reader.push(chunk)
        done()
      } catch (error) {
        done()
        finish({ reason: 'failed', code: null, fault: faultOf(error) })
      }
    },
    final: (done) => {
      samples.end()
      done()
      finish({})
    },
  })
  const stop = () => {
    finish({})
    return exited
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { pid: undefined, stdin, exited, stop }
}

const faultOf = (error: unknown): NonNullable<FfmpegExit['fault']> =>
  error instanceof SoundChanged
    ? { code: 'input_changed', detail: 'The source changed its sound in mid-stream; it is taken up anew.' }
    : {
        code: 'input_unreadable',
        detail: `What the source sends can't be read: ${error instanceof Error ? error.message : 'unknown'}`,
      }
