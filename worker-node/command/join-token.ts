import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { UsageError } from './arguments.ts'

/** Where a token may come from. */
export interface TokenInput {
  /** `-`: standard input. */
  readonly file: string | null
  readonly environment: string | undefined
  readonly stdin: NodeJS.ReadStream
}

/** The join token: from the file, else the environment, else standard input; a terminal is asked. Throws {@link UsageError}. */
export async function readJoinToken({ file, environment, stdin }: TokenInput): Promise<string> {
  const token = file !== null && file !== '-' ? await readToken(file) : (environment ?? (await fromStdin(stdin)))
  if (token.trim() !== '') return token.trim()
  throw new UsageError('There is no join token. Pipe it in, set WEIR_JOIN_TOKEN, or name a file with --token-file.')
}

async function readToken(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`The join token can't be read from ${file} (${cause.code}).`, { cause })
  })
}

function fromStdin(stdin: NodeJS.ReadStream): Promise<string> {
  return stdin.isTTY ? askForIt(stdin) : text(stdin)
}

/** What is typed is not shown. */
async function askForIt(stdin: NodeJS.ReadStream): Promise<string> {
  process.stderr.write('Join token (from the dashboard; it is not shown): ')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: silent, terminal: true })
  const line = await new Promise<string>((resolve) => {
    lines.once('line', resolve).once('close', () => resolve(''))
  })
  lines.close()
  process.stderr.write('\n')
  return line
}
