import { EnvironmentError } from '#schema/environment.ts'
import { ControlRefusal, ControlUnreachable } from '../agent/control-client.ts'
import { PortError } from '../listen.ts'
import { FfmpegUnusableError } from '../transcode/ffmpeg-binary.ts'
import { UsageError } from './arguments.ts'
import { DataFolderError } from './state-folder.ts'

/** What the process ends with when it can't start, as the help says. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof EnvironmentError) return 2
  if (isOfThisMachine(error)) return 3
  if (error instanceof ControlRefusal) return 4
  return error instanceof ControlUnreachable ? 5 : 1
}

const isOfThisMachine = (error: unknown): boolean =>
  error instanceof FfmpegUnusableError || error instanceof PortError || error instanceof DataFolderError
