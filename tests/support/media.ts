import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { execa } from 'execa'

/** What a media fixture contains. All have defaults: see {@link defaults}. */
export interface FixtureOptions {
  seconds?: number
  width?: number
  height?: number
  /** A number or an FFmpeg ratio such as `30000/1001`. */
  fps?: number | string
  gopSeconds?: number
  video?: boolean
  audio?: boolean
  sampleRate?: number
  channels?: number
  videoBitrateKbps?: number
  /** `motion` moves all over; `flash` is black with white and a beep in the first 0.1 s of each second, together. */
  pattern?: 'motion' | 'flash'
  /** Consecutive B-frames. */
  bFrames?: number
  /** Keyframes but the first are no IDR pictures: B-frames before them refer to what was before. */
  openGop?: boolean
}

const defaults = {
  seconds: 4,
  width: 640,
  height: 360,
  fps: 25,
  gopSeconds: 1,
  video: true,
  audio: true,
  sampleRate: 48_000,
  channels: 2,
  videoBitrateKbps: 800,
  pattern: 'motion',
  bFrames: 0,
  openGop: false,
} satisfies Required<FixtureOptions>

const cacheFolder = new URL('../../.cache/media/', import.meta.url)

/** Path of an FLV file (H.264, AAC) as an encoder would publish it. Encoded once, then kept. */
export function flvFixture(options: FixtureOptions = {}): Promise<string> {
  return fixture('flv', ['-f', 'flv', '-flvflags', 'no_duration_filesize'], options)
}

/** Path of an ordinary MP4 file with the same content. */
export function mp4Fixture(options: FixtureOptions = {}): Promise<string> {
  return fixture('mp4', ['-f', 'mp4'], options)
}

async function fixture(extension: string, muxer: string[], options: FixtureOptions): Promise<string> {
  const wanted = { ...defaults, ...options }
  const args = [...encodeArguments(wanted), ...muxer]
  const key = createHash('sha256').update(args.join('\0')).digest('hex').slice(0, 16)
  const file = new URL(`${key}.${extension}`, cacheFolder).pathname
  if (await exists(file)) return file
  await mkdir(cacheFolder, { recursive: true })
  // Two test files may ask at once: each writes its own file, the rename is atomic and the content the same.
  const draft = `${file}.${randomUUID()}`
  try {
    await execa('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args, draft], {
      timeout: 100_000,
    })
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
  return file
}

function encodeArguments(wanted: Required<FixtureOptions>): string[] {
  const { seconds, width, height, fps, gopSeconds, sampleRate, channels, videoBitrateKbps } = wanted
  const flash = wanted.pattern === 'flash'
  const picture = flash
    ? `color=black:s=${width}x${height}:r=${fps},drawbox=color=white:t=fill:enable='lt(mod(t,1),0.1)'`
    : `testsrc2=s=${width}x${height}:r=${fps}`
  const beep = '0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)'
  const sound = flash
    ? `aevalsrc='${Array(channels).fill(beep).join('|')}':s=${sampleRate}`
    : `sine=frequency=330:sample_rate=${sampleRate}`
  const videoInput = wanted.video ? ['-f', 'lavfi', '-i', picture] : []
  const audioInput = wanted.audio ? ['-f', 'lavfi', '-i', sound] : []
  const gop = String(Math.round(gopSeconds * ratio(fps)))
  const tune = wanted.bFrames > 0 ? ['-bf', String(wanted.bFrames)] : ['-tune', 'zerolatency']
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', ...tune, '-pix_fmt', 'yuv420p', '-g', gop]
  const rate = ['-keyint_min', gop, '-sc_threshold', '0', '-b:v', `${videoBitrateKbps}k`]
  const open = wanted.openGop ? ['-x264-params', 'open-gop=1'] : []
  const audio = ['-c:a', 'aac', '-b:a', '96k', '-ar', String(sampleRate), '-ac', String(channels)]
  return [
    ...videoInput,
    ...audioInput,
    '-t',
    String(seconds),
    ...(wanted.video ? [...video, ...rate, ...open] : []),
    ...(wanted.audio ? audio : []),
  ]
}

function ratio(fps: number | string): number {
  const [numerator, denominator = 1] = String(fps).split('/').map(Number)
  return Number(numerator) / denominator
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
