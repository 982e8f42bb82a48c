import { execa } from 'execa'

/** What a platform received in one recording, measured by FFmpeg's own tools. */
export interface RecordingReport {
  readonly videoPackets: number
  readonly audioPackets: number
  /** Largest distance of two decode times, milliseconds. */
  readonly largestVideoGapMs: number
  readonly largestAudioGapMs: number
  /** Decode times that do not rise. */
  readonly nonMonotonic: number
  /** What FFmpeg complains about while it decodes everything. */
  readonly decodeErrors: readonly string[]
}

/** Reads an FLV recording with ffprobe and decodes all of it. */
export async function analyseRecording(file: string): Promise<RecordingReport> {
  const { stdout } = await execa('ffprobe', [
    ...['-v', 'error', '-show_entries', 'packet=codec_type,dts_time', '-of', 'csv=p=0', file],
  ])
  const times: Record<string, number[]> = { video: [], audio: [] }
  for (const line of stdout.split('\n')) {
    const [kind = '', time = ''] = line.split(',')
    times[kind]?.push(Number(time) * 1000)
  }
  const steps = (list: number[]) => list.slice(1).map((time, index) => time - list[index]!)
  const video = steps(times.video ?? [])
  const audio = steps(times.audio ?? [])
  return {
    videoPackets: times.video?.length ?? 0,
    audioPackets: times.audio?.length ?? 0,
    largestVideoGapMs: Math.max(0, ...video),
    largestAudioGapMs: Math.max(0, ...audio),
    nonMonotonic: [...video, ...audio].filter((step) => step <= 0).length,
    decodeErrors: await decodeErrors(file),
  }
}

/** Decodes a file or playlist to the end and gives what FFmpeg complains about. */
export async function decodeErrors(input: string, args: readonly string[] = []): Promise<string[]> {
  const { stderr } = await execa(
    'ffmpeg',
    ['-hide_banner', '-nostdin', '-v', 'error', ...args, '-i', input, '-map', '0', '-f', 'null', '-'],
    { reject: false },
  )
  return stderr.split('\n').filter((line) => line.trim() !== '')
}

/**
 * Where flashes and beeps of the `flash` fixture are in a recording, seconds, as decoded and shown: what a viewer of the
 * platform sees and hears. `fps` is the recording's, so that no flash is a picture early or late.
 */
export async function flashesAndBeeps(file: string, fps = 25): Promise<{ flashes: number[]; beeps: number[] }> {
  const { stdout: gray } = await execa(
    'ffmpeg',
    [
      ...quietly,
      '-i',
      file,
      '-an',
      '-vf',
      `fps=${fps}:start_time=0,scale=1:1:flags=area,format=gray`,
      '-f',
      'rawvideo',
      '-',
    ],
    { encoding: 'buffer' },
  )
  const { stdout: wave } = await execa(
    'ffmpeg',
    [...quietly, '-i', file, '-vn', '-af', 'aresample=48000:first_pts=0', '-ac', '1', '-f', 's16le', '-'],
    { encoding: 'buffer' },
  )
  const flashes: number[] = []
  for (let frame = 1; frame < gray.length; frame++)
    if (gray[frame]! > 150 && gray[frame - 1]! <= 150) flashes.push(frame / fps)
  const samples = new Int16Array(wave.buffer, wave.byteOffset, wave.byteLength >> 1)
  const beeps: number[] = []
  let quietSince = 0
  for (const [index, value] of samples.entries()) {
    if (Math.abs(value) < 4_000) continue
    if (index - quietSince > 4_800) beeps.push(index / 48_000)
    quietSince = index
  }
  return { flashes, beeps }
}

const quietly = ['-hide_banner', '-nostdin', '-v', 'error'] as const
