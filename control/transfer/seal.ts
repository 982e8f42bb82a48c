import * as v from 'valibot'
import { ApiError } from '../errors.ts'

/**
 * Secrets of an export, readable for who knows the passphrase: PBKDF2 (SHA-256) makes the key, AES-256-GCM seals. The edge
 * allows 100,000 rounds a call, so there are several calls, each on what the one before gave.
 */
export const sealedSecrets = v.strictObject({
  cipher: v.literal('AES-256-GCM'),
  kdf: v.strictObject({
    name: v.literal('PBKDF2-SHA256'),
    /** Base64. */
    salt: v.pipe(v.string(), v.maxLength(100)),
    iterations: v.pipe(v.number(), v.integer(), v.minValue(1_000), v.maxValue(100_000)),
    /** So often, one after the other. */
    chain: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)),
  }),
  /** Base64. */
  nonce: v.pipe(v.string(), v.maxLength(100)),
  /** Base64. */
  ciphertext: v.string(),
})
export type SealedSecrets = v.InferOutput<typeof sealedSecrets>

/** A shorter passphrase is guessed too soon by who has the file. */
export const passphraseMin = 12
const cost = { iterations: 100_000, chain: 6 } as const

export async function sealSecrets(
  secrets: Readonly<Record<string, string>>,
  passphrase: string,
): Promise<SealedSecrets> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const key = await keyOf(passphrase, salt, cost)
  const bytes = new TextEncoder().encode(JSON.stringify(secrets))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, bytes)
  return {
    cipher: 'AES-256-GCM',
    kdf: { name: 'PBKDF2-SHA256', salt: salt.toBase64(), ...cost },
    nonce: nonce.toBase64(),
    ciphertext: new Uint8Array(sealed).toBase64(),
  }
}

/** A 422 where the passphrase is another one, or the file was changed. */
export async function openSecrets(sealed: SealedSecrets, passphrase: string): Promise<Record<string, string>> {
  try {
    const key = await keyOf(passphrase, Uint8Array.fromBase64(sealed.kdf.salt), sealed.kdf)
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: Uint8Array.fromBase64(sealed.nonce) },
      key,
      Uint8Array.fromBase64(sealed.ciphertext),
    )
    return v.parse(v.record(v.string(), v.string()), JSON.parse(new TextDecoder().decode(opened)))
  } catch {
    const detail = 'The secrets can not be read: this is not the passphrase that they were exported with.'
    throw new ApiError('validation_failed', detail, { errors: [{ pointer: '/sealed_secrets', detail }] })
  }
}

async function keyOf(
  passphrase: string,
  salt: Uint8Array<ArrayBuffer>,
  { iterations, chain }: Pick<SealedSecrets['kdf'], 'iterations' | 'chain'>,
): Promise<CryptoKey> {
  let bits = new Uint8Array(new TextEncoder().encode(passphrase.normalize('NFC')))
  for (let link = 0; link < chain; link++) {
    const material = await crypto.subtle.importKey('raw', bits, 'PBKDF2', false, ['deriveBits'])
    bits = new Uint8Array(
      await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, material, 256),
    )
  }
  return crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt'])
}
