import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** The longest playlist or MPD that is read, bytes. */
const longestPlaylist = 4 * 1024 * 1024
/** A playlist says within so many bytes what it is. */
const enoughToTell = 1024

/** What a body turned out to be. */
export type Body =
  | { readonly kind: 'playlist'; readonly text: string }
  /** `head` was read already, `rest` follows. */
  | { readonly kind: 'media'; readonly head: Buffer; readonly rest: Readable }

/** Looks at the beginning of an answer; an HLS playlist or a DASH MPD is read whole (4 MiB at most, else a RangeError). */
export async function readBody(answer: IncomingMessage): Promise<Body> {
  const rest = answer.headers['content-encoding'] === 'gzip' ? answer.pipe(createGunzip()) : answer
  if (rest !== answer) answer.once('error', (error) => rest.destroy(error))
  let head: Buffer = Buffer.alloc(0)
  const ended = await readUntil(rest, (bytes) => {
    head = Buffer.concat([head, bytes])
    return head.length >= enoughToTell || (head.length > 8 && !mayBePlaylist(head))
  })
  if (!isPlaylist(head)) return { kind: 'media', head, rest }
  const parts = [head]
  let size = head.length
  if (!ended)
    await readUntil(rest, (bytes) => {
      size += bytes.length
      if (size > longestPlaylist) throw new RangeError('A playlist of more than 4 MiB')
      parts.push(bytes)
      return false
    })
  return { kind: 'playlist', text: Buffer.concat(parts).toString('utf8') }
}

/** Whether the bytes begin an HLS playlist (RFC 8216 §4.3.1.1) or an MPD (ISO/IEC 23009-1). */
export function isPlaylist(head: Buffer): boolean {
  const text = textOf(head)
  return text.startsWith('#EXTM3U') || (text.startsWith('<') && /<(\w+:)?MPD[\s>]/.test(text))
}

const mayBePlaylist = (head: Buffer) => /^(#EXTM3U|<)/.test(textOf(head))
const textOf = (head: Buffer) =>
  head
    .subarray(0, enoughToTell)
    .toString('latin1')
    .replace(/^(\xEF\xBB\xBF)?\s*/, '')

/** Reads until `take` is content (false) or the end comes (true); what was not taken stays in the stream. */
function readUntil(stream: Readable, take: (bytes: Buffer) => boolean): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const onReadable = () => {
    try {
      for (let bytes = stream.read() as Buffer | null; bytes !== null; bytes = stream.read() as Buffer | null)
        if (take(bytes)) return resolve(false)
    } catch (error) {
      reject(error)
    }
  }
  const onEnd = () => resolve(true)
  const onClose = () => reject(new Error('The answer broke off'))
  stream.on('readable', onReadable).on('end', onEnd).on('error', reject).on('close', onClose)
  onReadable() // What lies there already is not announced again.
  return promise.finally(() => {
    stream.off('readable', onReadable).off('end', onEnd).off('error', reject).off('close', onClose)
  })
}
