import { createCipheriv, createDecipheriv, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'

/** A Key Material message (draft-sharabayko-srt-01 §3.2.2), as far as it is needed to open it. */
interface KeyMaterial {
  readonly salt: Buffer
  /** Bytes of a key: 16, 24 or 32. */
  readonly keyBytes: number
  /** Where the wrapped keys begin. */
  readonly wrappedAt: number
}

const fixedBytes = 16
const saltBytes = 16
/** RFC 3394 §2.2.3.1. */
const wrapIv = Buffer.alloc(8, 0xa6)
const iterations = 2_048
const derive = promisify(pbkdf2)

/**
 * Opens the stream encryption keys of a Key Material message with one passphrase and closes them again with another;
 * everything else stays as it is. Undefined when the passphrase is not the right one, `malformed` when it is no such message.
 */
export async function rewrapKeys(message: Buffer, from: string, to: string): Promise<Buffer | 'malformed' | undefined> {
  const material = readKeyMaterial(message)
  if (material === undefined) return 'malformed'
  const [outer, inner] = await Promise.all([wrappingKey(from, material), wrappingKey(to, material)])
  const keys = unwrap(outer, message.subarray(material.wrappedAt))
  if (keys === undefined) return
  return Buffer.concat([message.subarray(0, material.wrappedAt), wrap(inner, keys)])
}

/** Bytes of the stream encryption keys, once the message is known to be well-formed. */
export function keyBytesOf(message: Buffer): number | undefined {
  return readKeyMaterial(message)?.keyBytes
}

function readKeyMaterial(message: Buffer): KeyMaterial | undefined {
  if (message.length < fixedBytes + saltBytes || message[0] !== 0x12 || message.readUInt16BE(1) !== 0x2029) return
  const whichKeys = message[3]! & 3
  const keyBytes = message[15]! * 4
  if (whichKeys === 0 || message[14]! * 4 !== saltBytes || ![16, 24, 32].includes(keyBytes)) return
  const wrappedAt = fixedBytes + saltBytes
  if (message.length !== wrappedAt + 8 + keyBytes * (whichKeys === 3 ? 2 : 1)) return
  return { salt: message.subarray(fixedBytes, wrappedAt), keyBytes, wrappedAt }
}

/** §6.1.5: PBKDF2 over the last 64 bits of the salt. */
function wrappingKey(passphrase: string, { salt, keyBytes }: KeyMaterial): Promise<Buffer> {
  return derive(passphrase, salt.subarray(-8), iterations, keyBytes, 'sha1')
}

function wrap(key: Buffer, keys: Buffer): Buffer {
  const cipher = createCipheriv(`id-aes${key.length * 8}-wrap`, key, wrapIv)
  return Buffer.concat([cipher.update(keys), cipher.final()])
}

function unwrap(key: Buffer, wrapped: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(`id-aes${key.length * 8}-wrap`, key, wrapIv)
  try {
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch {
    return // The check value of RFC 3394 §2.2.3 is wrong.
  }
}
