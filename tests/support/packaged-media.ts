import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Box, BoxReader } from '#worker/media/box-reader.ts'
import { readFragment } from '#worker/media/fragment.ts'
import { readInitSegment } from '#worker/media/init-segment-reader.ts'
import type { Sample } from '#worker/media/sample.ts'

/** What a viewer who saw a broadcast from its beginning has of one track. */
export interface PackagedTrack {
  readonly timescale: number
  readonly samples: readonly Sample[]
  /** One file for each decoder configuration, in order: its init segment and all that goes with it. */
  readonly files: readonly string[]
}

/** Fetches all of a track's playlist as a player does, and keeps it in `folder`. */
export async function packagedTrack(playlistUrl: string, folder: string): Promise<PackagedTrack> {
  const playlist = await (await fetch(playlistUrl)).text()
  const sections: Buffer[][] = []
  for (const line of playlist.split('\n')) {
    const map = /^#EXT-X-MAP:.*URI="([^"]+)"/.exec(line)
    if (map) sections.push([await bytes(playlistUrl, map[1]!)])
    else if (line !== '' && !line.startsWith('#')) sections.at(-1)!.push(await bytes(playlistUrl, line))
  }
  const samples: Sample[] = []
  const files: string[] = []
  let timescale = 0
  for (const [index, section] of sections.entries()) {
    const all = Buffer.concat(section)
    const read = samplesOf(all)
    timescale ||= read.timescale
    samples.push(...read.samples.map((sample) => rescaled(sample, read.timescale, timescale)))
    const file = join(folder, `${new URL(playlistUrl).pathname.replaceAll(/[/.]/g, '-')}-${index}.mp4`)
    await writeFile(file, all)
    files.push(file)
  }
  return { timescale, samples, files }
}

/** Largest time between two samples of a track, and what overlaps, milliseconds. */
export function continuity({ samples, timescale }: PackagedTrack): { largestGapMs: number; largestOverlapMs: number } {
  const steps = samples.slice(1).map(({ dts }, index) => {
    const before = samples[index]!
    return { distance: dts - before.dts, overlap: before.dts + before.duration - dts }
  })
  const ms = (ticks: number) => (ticks * 1000) / timescale
  return {
    largestGapMs: ms(Math.max(0, ...steps.map(({ distance }) => distance))),
    largestOverlapMs: ms(Math.max(0, ...steps.map(({ overlap }) => overlap))),
  }
}

/** When the picture turns from dark to bright, seconds of the broadcast's clock. */
export async function flashTimes({ files }: PackagedTrack): Promise<number[]> {
  const filter = 'scale=1:1:flags=area,format=gray,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-'
  return rises(await printed(files, ['-an', '-vf', filter]), 150)
}

/** When a tone begins, seconds of the broadcast's clock. */
export async function beepTimes({ files }: PackagedTrack): Promise<number[]> {
  const filter = 'asetnsamples=240,astats=metadata=1:reset=1,ametadata=print:key=lavfi.astats.Overall.Peak_level:file=-'
  return rises(await printed(files, ['-vn', '-af', filter]), -20)
}

async function printed(files: readonly string[], filter: string[]): Promise<[number, number][]> {
  const values: [number, number][] = []
  for (const file of files) {
    const { stdout } = await execa('ffmpeg', [
      ...['-hide_banner', '-nostdin', '-v', 'error', '-copyts', '-threads', '1', '-i', file],
      ...[...filter, '-f', 'null', '-'],
    ])
    for (const [, time, value] of stdout.matchAll(/pts_time:([\d.-]+)\n\S+=(-?[\d.]+|-inf)/g))
      values.push([Number(time), value === '-inf' ? -200 : Number(value)])
  }
  return values
}

function rises(values: readonly [number, number][], threshold: number): number[] {
  const times: number[] = []
  let lowSince: number | undefined
  for (const [time, value] of values) {
    if (value < threshold) lowSince ??= time
    else {
      // What lasts under a tenth of a second is a ripple, not a pause.
      if (lowSince !== undefined && time - lowSince > 0.1) times.push(time)
      lowSince = undefined
    }
  }
  return times
}

async function bytes(playlistUrl: string, uri: string): Promise<Buffer> {
  const response = await fetch(new URL(uri, playlistUrl))
  if (!response.ok) throw new Error(`${uri}: ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

function samplesOf(file: Buffer): { timescale: number; samples: Sample[] } {
  const samples: Sample[] = []
  let header: ReturnType<typeof readInitSegment> | undefined
  let moof: Box | undefined
  new BoxReader((box) => {
    if (box.type === 'moov') header = readInitSegment(box.body)
    else if (box.type === 'moof') moof = box
    else if (box.type === 'mdat') samples.push(...readFragment(moof!, box, header!.defaults))
  }).push(file)
  return { timescale: header!.timescale, samples }
}

const rescaled = (sample: Sample, from: number, to: number): Sample =>
  from === to ? sample : { ...sample, dts: (sample.dts * to) / from, duration: (sample.duration * to) / from }
