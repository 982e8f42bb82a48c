import { base64url } from 'jose'
import { EnvironmentError } from '#schema/environment.ts'

/**
 * Keeps secrets in the database: AES-256-GCM under a key that never enters it. `context` names the place
 * (`destination:dst_…`) and is authenticated, so that a sealed value is worth nothing in another row.
 */
export interface SecretBox {
  /** Ids of its keys; what is sealed now is under the first. An id tells nothing of its key. */
  readonly keyIds: readonly string[]
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

/** How the id of a key is found in what it sealed: these characters of it (SQL counts from 1). */
export const sealedKeyId = { from: version.length + 2, length: 8 } as const

/**
 * A box under `keys`: each 32 bytes in base64url, with spaces, line breaks or commas between them. The first one seals, any of
 * them opens. Throws an EnvironmentError if one is none.
 */
export async function createSecretBox(keys: string): Promise<SecretBox> {
  const all = await Promise.all(
    keys
      .trim()
      .split(/[\s,]+/)
      .map(readKey),
  )
  const newest = all[0] as Key
  const byId = new Map(all.map((key) => [key.id, key]))
  return {
    keyIds: [...byId.keys()],
    async seal(secret, context) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes))
      const sealed = await crypto.subtle.encrypt(
        parameters(nonce, context),
        newest.cryptoKey,
        new TextEncoder().encode(secret),
      )
      return [version, newest.id, base64url.encode(nonce), base64url.encode(new Uint8Array(sealed))].join('.')
    },
    async open(sealed, context) {
      const [sealedVersion, sealedKeyId = '', nonce = '', body = ''] = sealed.split('.')
      const key = byId.get(sealedKeyId)
      if (sealedVersion !== version || !key)
        throw new SecretUnreadable('This secret was encrypted with another key; start Weir with the secret key it had.')
      try {
        const opened = await crypto.subtle.decrypt(
          parameters(new Uint8Array(base64url.decode(nonce)), context),
          key.cryptoKey,
          new Uint8Array(base64url.decode(body)),
        )
        return new TextDecoder().decode(opened)
      } catch (cause) {
        throw new SecretUnreadable('This secret was changed in the database; set it anew.', { cause })
      }
    },
  }
}

interface Key {
  readonly id: string
  readonly cryptoKey: CryptoKey
}

async function readKey(text: string): Promise<Key> {
  const bytes = decodeKey(text)
  return {
    id: base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).subarray(0, 6)),
    cryptoKey: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']),
  }
}

const parameters = (nonce: Uint8Array<ArrayBuffer>, context: string) => ({
  name: 'AES-GCM',
  iv: nonce,
  additionalData: new TextEncoder().encode(context),
})

function decodeKey(key: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = new Uint8Array(base64url.decode(key))
    if (bytes.length === keyBytes) return bytes
  } catch {
    // Falls through to the same words.
  }
  throw new EnvironmentError(
    'The secret key (WEIR_SECRET_KEY or the file secret-key) must be 32 bytes in base64url; several have commas or line breaks between them.',
  )
}
