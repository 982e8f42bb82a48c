import type { Amf0Object, Amf0Value } from '../../rtmp/amf0.ts'
import { isAmf0Object, type RtmpCommand } from '../../rtmp/messages.ts'
import type { RtmpProtocolError } from '../../rtmp/protocol-error.ts'
import { PullError } from './pull-error.ts'

/** The server sends us elsewhere. */
export class RtmpRedirect extends Error {
  override readonly name = 'RtmpRedirect'
  readonly to: URL

  constructor(to: URL) {
    super('The server redirects')
    this.to = to
  }
}

/** What a server's command refuses (RTMP 1.0 §7.2), in words; a redirect as such; null: it refuses nothing. */
export function playRefusal(host: string, { name, args: [first] }: RtmpCommand): Error | null {
  if (name !== '_error' && !(name === 'onStatus' && textOf(first, 'level') === 'error')) return null
  const redirect = URL.parse(textOf(objectOf(first)?.ex, 'redirect'))
  if (redirect && /^rtmps?:$/.test(redirect.protocol)) return new RtmpRedirect(redirect)
  if (/NotFound|InvalidApp/.test(textOf(first, 'code')))
    return new PullError('not_found', `${host} has no such stream.`, 'Check the address, and that its source sends.')
  return new PullError(
    'forbidden',
    `${host} refuses to play the stream.`,
    'Check the address and the token in it, if there is one.',
  )
}

/** Whether a server's command says that the stream is over. */
export function isPlayEnd({ name, args: [first] }: RtmpCommand): boolean {
  return name === 'close' || /Play\.(Stop|Complete|UnpublishNotify)|Connect\.Closed/.test(textOf(first, 'code'))
}

/** The server takes the request and sends nothing. */
export function nothingYet(host: string): PullError {
  return new PullError(
    'no_media',
    `${host} takes the request, but sends no media.`,
    'Check the name of the stream in the address, and that its source sends.',
  )
}

export function notRtmp(host: string, cause: RtmpProtocolError): PullError {
  const detail = `${host} does not speak RTMP as it should.`
  return new PullError('source_unreadable', detail, 'Check the address and the port.', { cause })
}

/** It sends a codec that can't be read. */
export function unsupported(cause: Error): PullError {
  return new PullError('codec_unsupported', cause.message, 'Let the source send H.264 and AAC.', { cause })
}

function textOf(value: Amf0Value | undefined, property: string): string {
  const text = objectOf(value)?.[property]
  return typeof text === 'string' ? text : ''
}

function objectOf(value: Amf0Value | undefined): Amf0Object | undefined {
  return value !== undefined && isAmf0Object(value) ? value : undefined
}
