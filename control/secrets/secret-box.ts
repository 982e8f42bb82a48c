import { base64url } from 'jose'
import { EnvironmentError } from '#schema/environment.ts'

/**
 * Keeps secrets in the database: AES-256-GCM under a key that never enters it. `context` names the place
 * (`destination:dst_…`) and is authenticated, so that a sealed value is worth nothing in another row.
 */
export interface SecretBox {
  /** `v1.<key id>.<nonce>.<ciphertext>`, base64url. */
  seal(secret: string, context: string): Promise<string>
  /** What {@link SecretBox.seal} was given; throws {@link SecretUnreadable}. */
  open(sealed: string, context: string): Promise<string>
}

/** A sealed secret that this key does not open. Says nothing of its content. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable'
}

const version = 'v1'
const nonceBytes = 12
const keyBytes = 32

/** A new key for {@link createSecretBox}: 32 random bytes, base64url. */
export const newSecretKey = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(keyBytes)))

/** A box under `key` (32 bytes, base64url). Throws an EnvironmentError if the key is not one. */
export async function createSecretBox(key: string): Promise<SecretBox> {
  const bytes = decodeKey(key)
  const keyId = base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).subarray(0, 6))
  const cryptoKey = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const parameters = (nonce: Uint8Array<ArrayBuffer>, context: string) => ({
    name: 'AES-GCM',
    iv: nonce,
    additionalData: new TextEncoder().encode(context),
  })
  return {
    async seal(secret, context) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes))
      const sealed = await crypto.subtle.encrypt(
        parameters(nonce, context),
        cryptoKey,
        new TextEncoder().encode(secret),
      )
      return [version, keyId, base64url.encode(nonce), base64url.encode(new Uint8Array(sealed))].join('.')
    },
    async open(sealed, context) {
      const [sealedVersion, sealedKeyId, nonce = '', body = ''] = sealed.split('.')
      if (sealedVersion !== version || sealedKeyId !== keyId)
        throw new SecretUnreadable('This secret was encrypted with another key; start Weir with the secret key it had.')
      try {
        const opened = await crypto.subtle.decrypt(
          parameters(new Uint8Array(base64url.decode(nonce)), context),
          cryptoKey,
          new Uint8Array(base64url.decode(body)),
        )
        return new TextDecoder().decode(opened)
      } catch (cause) {
        throw new SecretUnreadable('This secret was changed in the database; set it anew.', { cause })
      }
    },
  }
}

function decodeKey(key: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = new Uint8Array(base64url.decode(key.trim()))
    if (bytes.length === keyBytes) return bytes
  } catch {
    // Falls through to the same words.
  }
  throw new EnvironmentError('The secret key (WEIR_SECRET_KEY or the file secret-key) must be 32 bytes in base64url.')
}
