import { createHmac, timingSafeEqual } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { crc32 } from 'node:zlib'

/** A connectivity check of a peer (RFC 8489, RFC 8445 §7.3). */
export interface BindingRequest {
  readonly transactionId: Buffer
  /** Ours: what stands before the colon of USERNAME. */
  readonly localUfrag: string
  /** The peer asks that this pair be used. */
  readonly useCandidate: boolean
  /** The peer claims the controlled role, which is ours. */
  readonly controlled: boolean
}

const magicCookie = 0x2112a442
const headerBytes = 20
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const bindingError = 0x0111
const attributeTypes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
} as const

/** Whether a datagram is STUN (RFC 7983 §7). */
export const isStun = (datagram: Buffer): boolean =>
  datagram.length >= headerBytes && (datagram[0] ?? 255) < 4 && datagram.readUInt32BE(4) === magicCookie

/**
 * Reads a binding request whose MESSAGE-INTEGRITY was made with the password of its user. Undefined for everything
 * else: what can't be read, what is not a request, what nobody vouches for.
 */
export function readBindingRequest(
  datagram: Buffer,
  passwordOf: (localUfrag: string) => string | undefined,
): BindingRequest | undefined {
  if (!isStun(datagram) || datagram.readUInt16BE(0) !== bindingRequest) return
  if (headerBytes + datagram.readUInt16BE(2) !== datagram.length) return
  const found = readAttributes(datagram)
  const user = found.get(attributeTypes.username)
  const integrity = found.get(attributeTypes.messageIntegrity)
  if (user === undefined || integrity?.value.length !== 20) return
  const [localUfrag = ''] = user.value.toString('utf8').split(':', 1)
  const password = passwordOf(localUfrag)
  if (password === undefined) return
  if (!timingSafeEqual(integrity.value, integrityOf(datagram.subarray(0, integrity.at), password))) return
  return {
    transactionId: datagram.subarray(8, headerBytes),
    localUfrag,
    useCandidate: found.has(attributeTypes.useCandidate),
    controlled: found.has(attributeTypes.iceControlled),
  }
}

/** The answer that tells a peer where it was seen. */
export function bindingAnswer(request: BindingRequest, address: string, port: number, password: string): Buffer {
  return message(bindingSuccess, request, password, [
    attribute(attributeTypes.xorMappedAddress, xorAddress(address, port, request.transactionId)),
  ])
}

/** 487: the peer must take the controlling role, since we are a lite agent (RFC 8445 §7.3.1.1). */
export function roleConflict(request: BindingRequest, password: string): Buffer {
  const value = Buffer.concat([Buffer.from([0, 0, 4, 87]), Buffer.from('Role Conflict')])
  return message(bindingError, request, password, [attribute(attributeTypes.errorCode, value)])
}

/** The first attribute of each type up to MESSAGE-INTEGRITY; what follows that is not vouched for. */
function readAttributes(datagram: Buffer): Map<number, { value: Buffer; at: number }> {
  const found = new Map<number, { value: Buffer; at: number }>()
  for (let at = headerBytes; at + 4 <= datagram.length; ) {
    const type = datagram.readUInt16BE(at)
    const length = datagram.readUInt16BE(at + 2)
    const end = at + 4 + length
    if (end > datagram.length) break
    if (!found.has(type)) found.set(type, { value: datagram.subarray(at + 4, end), at })
    if (type === attributeTypes.messageIntegrity) break
    at = end + ((4 - (length % 4)) % 4)
  }
  return found
}

function message(type: number, { transactionId }: BindingRequest, password: string, attributes: Buffer[]): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt16BE(type, 0)
  header.writeUInt32BE(magicCookie, 4)
  transactionId.copy(header, 8)
  const body = Buffer.concat([header, ...attributes])
  const signed = Buffer.concat([body, attribute(attributeTypes.messageIntegrity, integrityOf(body, password))])
  // The length that is summed counts the fingerprint itself (RFC 8489 §14.7).
  signed.writeUInt16BE(signed.length - headerBytes + 8, 2)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE((crc32(signed) ^ 0x5354554e) >>> 0)
  return Buffer.concat([signed, attribute(attributeTypes.fingerprint, sum)])
}

/** HMAC-SHA1 over the message before the attribute, its length counting the attribute (RFC 8489 §14.5). */
function integrityOf(before: Buffer, password: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(before.length - headerBytes + 24)
  return createHmac('sha1', password).update(before.subarray(0, 2)).update(length).update(before.subarray(4)).digest()
}

function attribute(type: number, value: Buffer): Buffer {
  const buffer = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  buffer.writeUInt16BE(type, 0)
  buffer.writeUInt16BE(value.length, 2)
  value.copy(buffer, 4)
  return buffer
}

function xorAddress(address: string, port: number, transactionId: Buffer): Buffer {
  // A socket for both families names IPv4 peers as ::ffff:…; they know themselves without that.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  const bytes = isIPv4(plain) ? plain.split('.').map(Number) : ipv6Bytes(address)
  const mask = Buffer.alloc(16)
  mask.writeUInt32BE(magicCookie, 0)
  transactionId.copy(mask, 4)
  const value = Buffer.alloc(4 + bytes.length)
  value[1] = bytes.length === 4 ? 1 : 2
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2)
  for (const [index, byte] of bytes.entries()) value[4 + index] = byte ^ (mask[index] ?? 0)
  return value
}

/** The 16 bytes of an IPv6 address as the system writes it; a zone is left out. */
function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::')
  const groups = (text: string) =>
    text
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const middle = new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0)
  return [...left, ...middle, ...right].slice(0, 8).flatMap((group) => [group >> 8, group & 255])
}
