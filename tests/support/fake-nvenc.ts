import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FfmpegBinary } from '#worker/transcode/ffmpeg-binary.ts'
import type { ProgramFolder } from './programs.ts'

/** An FFmpeg whose `h264_nvenc` is x264 in disguise, until it is broken. */
export interface FakeNvenc {
  readonly ffmpeg: FfmpegBinary
  /** Kills what encodes by it now, and fails whatever begins to, as FFmpeg does where the driver is gone. */
  fail(): Promise<void>
  mend(): Promise<void>
}

/**
 * The options that only NVENC has are left out, its preset and tuning become x264's. The picture parameter set differs from
 * what x264 writes by itself (with CABAC, and weights), so that a change between the two is seen. 1080p is made small: hardware
 * would take no time for it.
 */
export async function fakeNvenc(programs: ProgramFolder): Promise<FakeNvenc> {
  const broken = join(programs.path, 'broken')
  const running = join(programs.path, 'running')
  await Promise.all([writeFile(running, ''), rm(broken, { force: true })])
  const path = await programs.script(
    'nvenc-ffmpeg',
    `left=$#; hardware=
while [ $left -gt 0 ]; do
  word=$1; shift; left=$((left - 1))
  case $word in
    h264_nvenc) hardware=1; set -- "$@" libx264 ;;
    -rc | -rc-lookahead | -forced-idr | -zerolatency | -delay) shift; left=$((left - 1)) ;;
    p4) set -- "$@" superfast ;;
    ull) set -- "$@" zerolatency ;;
    *1920?1080*) set -- "$@" "$(echo "$word" | sed 's/1920\\([x:]\\)1080/320\\1180/g')" ;;
    *) set -- "$@" "$word" ;;
  esac
done
if [ $hardware ]; then
  if [ -e '${broken}' ]; then
    echo '[h264_nvenc @ 0x5617fa240d00] [error] OpenEncodeSessionEx failed: unsupported device (2): (no details)' >&2
    exit 1
  fi
  echo $$ >> '${running}'
fi
exec ffmpeg "$@"`,
  )
  return {
    ffmpeg: { path, version: 'nvenc', launcher: [] },
    fail: async () => {
      await writeFile(broken, '')
      for (const pid of (await readFile(running, 'utf8')).split('\n').filter(Boolean)) kill(Number(pid))
      await writeFile(running, '')
    },
    mend: () => rm(broken),
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
