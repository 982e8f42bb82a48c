import { type Environment, EnvironmentError, readEnvironment } from '#schema/environment.ts'
import type { LogLine } from '#schema/log/line.ts'
import { logFile } from '#schema/node/log-file.ts'
import { writeToStderr } from '#schema/node/stderr.ts'
import { startControl } from './start-control.ts'
import { StartError } from './start-error.ts'

/**
 * Runs control as a process: one JSON line on stdout once it listens, JSON logs on stderr and in WEIR_LOG_FILE, SIGTERM or
 * SIGINT ends it within 3 s. A start that can't be is one line on stderr and exit code 1.
 */
async function main(environment: Environment): Promise<void> {
  const control = await startControl({ environment, writeLog: logWriter(environment.WEIR_LOG_FILE) })
  process.stdout.write(`${JSON.stringify({ ready: true, url: control.url, first_start: control.isFirstStart })}\n`)
  await signalled()
  await control.close()
}

function logWriter(path: string | undefined): (line: LogLine) => void {
  if (!path) return writeToStderr
  const writeToFile = logFile(path)
  return (line) => {
    writeToStderr(line)
    writeToFile(line)
  }
}

const signalled = () =>
  new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })

try {
  await main(readEnvironment(process.env))
  process.exit(0)
} catch (error) {
  const known = error instanceof StartError || error instanceof EnvironmentError
  process.stderr.write(known ? `${error.message}\n` : `Control stopped unexpectedly: ${(error as Error).stack}\n`)
  process.exit(1)
}
