import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'

/** What FFmpeg decoded of a recording in which a white flash and a beep come at each full second. */
export interface FlashesAndBeeps {
  /** Seconds at which flashes and beeps begin. */
  readonly flashes: readonly number[]
  readonly beeps: readonly number[]
  /** For each flash the distance to the nearest beep, ms; positive: the sound is late. */
  readonly offsetsMs: readonly number[]
  /** Sizes in their order. */
  readonly sizes: readonly string[]
  readonly frames: number
  readonly errors: readonly string[]
}

/** Keeps what a feed gives until it ends; gives the file's path to `look`, then removes it. */
export async function withRecording<T>(feed: Readable, look: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-feed-'))
  try {
    const file = join(folder, 'feed.mkv')
    await pipeline(feed, createWriteStream(file)).catch(() => {})
    return await look(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Decodes all of a file with FFmpeg and finds the flashes and the beeps. */
export async function findFlashesAndBeeps(file: string): Promise<FlashesAndBeeps> {
  const [picture, sound, sizes] = await Promise.all([
    ffmpeg(file, '-vf', 'scale=32:32,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-'),
    ffmpeg(
      file,
      '-af',
      'aresample=48000,asetnsamples=240,astats=metadata=1:reset=1,ametadata=print:key=lavfi.astats.Overall.RMS_level:file=-',
    ),
    execa('ffprobe', [
      ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=width,height'],
      ...['-of', 'csv=p=0', file],
    ]),
  ])
  const flashes = risesOf(measurements(picture.stdout), 128)
  const beeps = risesOf(measurements(sound.stdout), -30)
  const nearest = (time: number) =>
    beeps.reduce((best, beep) => (Math.abs(beep - time) < Math.abs(best - time) ? beep : best), Infinity)
  return {
    flashes,
    beeps,
    offsetsMs: flashes.map((flash) => (nearest(flash) - flash) * 1_000).filter((offset) => Math.abs(offset) < 500),
    sizes: (sizes.stdout.match(/\d+,\d+/g) ?? []).filter((size, index, all) => size !== all[index - 1]),
    frames: measurements(picture.stdout).length,
    errors: [picture.stderr, sound.stderr].join('\n').split('\n').filter(Boolean),
  }
}

const ffmpeg = (file: string, kind: '-vf' | '-af', filter: string) =>
  execa('ffmpeg', [
    ...['-v', 'error', '-i', file, kind === '-vf' ? '-an' : '-vn'],
    ...[kind, filter, '-fps_mode', 'passthrough', '-enc_time_base', '1:90000', '-f', 'null', '-'],
  ])

/** Pairs of time and value out of what the metadata filters print. */
function measurements(printed: string): { time: number; value: number }[] {
  return [...printed.matchAll(/pts_time:(\S+)\s+lavfi\S+=(\S+)/g)].map(([, time, value]) => ({
    time: Number(time),
    value: value === '-inf' ? -200 : Number(value),
  }))
}

function risesOf(list: readonly { time: number; value: number }[], threshold: number): number[] {
  return list.flatMap(({ time, value }, index) => {
    const before = list[index - 1]
    return before && before.value <= threshold && value > threshold ? [time] : []
  })
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
