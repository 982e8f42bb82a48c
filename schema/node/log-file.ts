import { dirname } from 'node:path'
import { EnvironmentError } from '../environment.ts'
import type { LogLine } from '../log/line.ts'
import { makeFolder } from './make-folder.ts'
import { RotatingFile } from './rotating-file.ts'

/**
 * Writes lines of a log into files of this path, as {@link RotatingFile} bounds them; makes the folder. An
 * {@link EnvironmentError} where that can't be.
 */
export function logFile(path: string): (line: LogLine) => void {
  const file = openFile(path)
  return (line) => file.write(Buffer.from(`${JSON.stringify(line)}\n`))
}

function openFile(path: string): RotatingFile {
  try {
    makeFolder(dirname(path))
    return new RotatingFile(path)
  } catch (cause) {
    throw new EnvironmentError(`Can't write to ${path}. Set WEIR_LOG_FILE to a file in a folder of this user.`, {
      cause,
    })
  }
}
