import { dirname } from 'node:path'
import type { LogLine } from '../log/line.ts'
import { makeFolder } from './make-folder.ts'
import { RotatingFile } from './rotating-file.ts'

/** Writes lines of a log into files of this path, as {@link RotatingFile} bounds them; makes the folder. */
export function logFile(path: string): (line: LogLine) => void {
  makeFolder(dirname(path))
  const file = new RotatingFile(path)
  return (line) => file.write(Buffer.from(`${JSON.stringify(line)}\n`))
}
