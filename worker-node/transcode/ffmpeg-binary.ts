import { execa } from 'execa'
import type { Log } from '../observe/log.ts'
import { classifyStderr } from './classify.ts'

/** An FFmpeg that can do what Weir needs. */
export interface FfmpegBinary {
  readonly path: string
  /** As it names itself, e.g. `5.1.9-0+deb12u1`. */
  readonly version: string
  /** What to put before the program so that it dies with this process; empty where the system has no such thing. */
  readonly launcher: readonly string[]
  /** What to put before it where it reads somebody's file: limits of memory and time. Empty or left out: the system has none. */
  readonly confinement?: readonly string[]
  /** Takes what each process says, line by line; nothing does where it is left out. */
  readonly log?: Log
}

/** There is no FFmpeg that Weir can use. The message says what to do. */
export class FfmpegUnusableError extends Error {
  override readonly name = 'FfmpegUnusableError'
  readonly code: 'ffmpeg_missing' | 'ffmpeg_too_old' | 'ffmpeg_incomplete'

  constructor(code: FfmpegUnusableError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const oldestMajor = 5
const install = 'On Debian or Ubuntu: apt-get install ffmpeg fonts-dejavu-core'

/**
 * Finds FFmpeg (on PATH, unless a path is given) and makes sure that it works: version 5.0 or newer, libx264, aac,
 * mjpeg, and drawtext with a font. Throws {@link FfmpegUnusableError}.
 */
export async function findFfmpeg(path = 'ffmpeg'): Promise<FfmpegBinary> {
  const version = await readVersion(path)
  const major = Number.parseInt(version.replace(/^n/, ''), 10)
  // Builds from git name a revision instead of a number (N-109…, git-2024…): the trial below decides on them.
  if (major < oldestMajor) {
    throw new FfmpegUnusableError(
      'ffmpeg_too_old',
      `FFmpeg ${version} is too old: Weir needs version ${oldestMajor}.0 or newer. ${install}`,
    )
  }
  await tryOut(path)
  return { path, version, launcher: await findLauncher(), confinement: await findConfinement() }
}

async function readVersion(path: string): Promise<string> {
  const { stdout, failed, cause } = await execa(path, ['-hide_banner', '-version'], { reject: false, timeout: 10_000 })
  const version = /^ffmpeg version (\S+)/.exec(String(stdout))?.[1]
  if (!failed && version) return version
  throw new FfmpegUnusableError('ffmpeg_missing', `Weir needs FFmpeg, but '${path}' does not start. ${install}`, {
    cause,
  })
}

/** Encodes a few tiny frames with everything that Weir uses: surer than reading lists of names. */
async function tryOut(path: string): Promise<void> {
  const graph = 'color=s=64x64:d=0.2,drawtext=text=a:expansion=none,split[a][b];anullsrc=r=48000:d=0.2[c]'
  const args = [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-filter_complex', graph],
    ...['-map', '[a]', '-c:v', 'libx264', '-preset', 'ultrafast', '-map', '[c]', '-c:a', 'aac', '-f', 'null', '-'],
    ...['-map', '[b]', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-f', 'null', '-'],
  ]
  const { failed, stderr } = await execa(path, args, { reject: false, timeout: 20_000 })
  if (!failed) return
  const fault = classifyStderr(String(stderr))
  throw new FfmpegUnusableError('ffmpeg_incomplete', `The FFmpeg found can't do what Weir needs. ${fault.detail}`)
}

/** `setpriv` (util-linux) asks the kernel to kill FFmpeg when this process dies, however it dies. */
const findLauncher = () => ifItWorks(['setpriv', '--pdeathsig', 'KILL', '--'])

/** `prlimit` (util-linux): 6 GiB of address space (x264 maps much that it never touches), 20 minutes of CPU, 1 GiB a file. */
const findConfinement = () =>
  ifItWorks(['prlimit', '--as=6442450944', '--cpu=1200', '--fsize=1073741824', '--core=0', '--', 'nice', '-n', '10'])

async function ifItWorks(launcher: readonly string[]): Promise<readonly string[]> {
  const { failed } = await execa(launcher[0]!, [...launcher.slice(1), 'true'], { reject: false, timeout: 5_000 })
  return failed ? [] : launcher
}
