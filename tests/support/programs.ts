import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FfmpegBinary } from '#worker/transcode/ffmpeg-binary.ts'

/** A folder of tiny shell scripts that stand in for programs, and of whatever else a test writes. */
export class ProgramFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async create(): Promise<ProgramFolder> {
    return new ProgramFolder(await mkdtemp(join(tmpdir(), 'weir-programs-')))
  }

  /** Writes a script; gives its path. */
  async script(name: string, body: string): Promise<string> {
    const path = join(this.path, name)
    await writeFile(path, `#!/bin/sh\n${body}\n`)
    await chmod(path, 0o755)
    return path
  }

  /** A script in the place of FFmpeg, without a launcher. */
  async ffmpeg(body: string): Promise<FfmpegBinary> {
    return { path: await this.script('ffmpeg', body), version: 'fake', launcher: [] }
  }

  /** An FFmpeg that notes each start. */
  async countedFfmpeg(): Promise<{ ffmpeg: FfmpegBinary; starts: () => Promise<number> }> {
    const log = join(this.path, 'starts')
    await writeFile(log, '')
    const path = await this.script('counted-ffmpeg', `echo start >> '${log}'\nexec ffmpeg "$@"`)
    const starts = async () => (await readFile(log, 'utf8')).split('\n').length - 1
    return { ffmpeg: { path, version: 'counted', launcher: [] }, starts }
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true })
  }
}
