import { PullError, stalled, statusError } from './pull-error.ts'
import type { ReaderExit } from './reader.ts'

const faults: readonly (readonly [pattern: RegExp, error: (host: string) => PullError])[] = [
  [
    /moov atom not found/i,
    (host) =>
      new PullError(
        'source_unreadable',
        `The MP4 file of ${host} is not whole, or its server can't give parts of it.`,
        'Upload it again; save it with "fast start" so that its table stands at the beginning.',
      ),
  ],
  [
    /does not contain any stream|matches no streams|could not find codec parameters/i,
    (host) =>
      new PullError(
        'no_media',
        `${host} announces media and sends none that can be read.`,
        'Let the source send H.264 video and AAC audio.',
      ),
  ],
  [
    /Protocol '[^']*' not on whitelist|not in allowed|Unsupported protocol|Protocol not found/i,
    (host) =>
      new PullError(
        'address_unsupported',
        `What ${host} sends names a file or an address that may not be fetched.`,
        'Let its playlist name http:// or https:// addresses only.',
      ),
  ],
  [
    /Invalid data found|Format not on whitelist|Unable to open resource|Empty segment|Failed to open (segment|fragment)/i,
    (host) =>
      new PullError(
        'source_unreadable',
        `What ${host} sends is no media that can be read.`,
        'Check the address, and that the source sends H.264 video and AAC audio.',
      ),
  ],
]

/** What is wrong where a reader ended as if all were well and gave nothing. */
export function explainNothing(stderr: string): PullError {
  if (/partial file/i.test(stderr))
    return new PullError(
      'source_unreadable',
      'The index of this MP4 file stands at its end, and its server gives whole files only.',
      'Save it for streaming (“fast start”; with FFmpeg: -movflags +faststart), or serve it with range requests.',
    )
  return new PullError('no_media', 'The address gives no media.', 'Check the address.')
}

/** What is wrong with a reader that failed or was killed for its silence. `status`: what the server answered last, if 400 or more. */
export function explainExit(exit: ReaderExit, host: string, status?: number): PullError {
  if (status !== undefined) return statusError(status, host)
  if (exit.silent) return stalled(host)
  const found = faults.find(([pattern]) => pattern.test(exit.stderrTail))
  if (found) return found[1](host)
  return new PullError(
    'reader_failed',
    `Fetching from ${host} broke off.`,
    'It is fetched again by itself. If this goes on, look at the server.',
  )
}
