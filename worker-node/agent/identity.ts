import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import * as v from 'valibot'
import { publicJwk } from '#schema/contracts/worker.ts'

/** Who this worker is: kept on disk, so that it comes back as the same worker after a restart. */
export interface Identity {
  readonly workerId: string
  /** Private Ed25519 key: signs requests to control. */
  readonly signingKey: JWK
  /** Private X25519 key: opens sealed secrets. */
  readonly sealingKey: JWK
  /** Public keys of control, pinned when the worker joined. */
  readonly jwks: { readonly keys: JWK[] }
}

const privateJwk = v.looseObject({ ...publicJwk.entries, d: v.string() })
const identitySchema = v.object({
  workerId: v.string(),
  signingKey: privateJwk,
  sealingKey: privateJwk,
  jwks: v.object({ keys: v.array(v.looseObject({ kty: v.string() })) }),
})

/** Fresh key pairs for a worker that joins. */
export async function generateKeys(): Promise<Pick<Identity, 'signingKey' | 'sealingKey'>> {
  const signing = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const sealing = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true })
  return { signingKey: await exportJWK(signing.privateKey), sealingKey: await exportJWK(sealing.privateKey) }
}

/** The public half of one of our keys. */
export const publicHalf = ({ kty, crv, x }: JWK): { kty: 'OKP'; crv: 'Ed25519' | 'X25519'; x: string } => {
  if (kty !== 'OKP' || (crv !== 'Ed25519' && crv !== 'X25519') || !x) throw new Error('This is not an OKP key.')
  return { kty: 'OKP', crv, x }
}

/** The kept identity, or undefined when this worker has not joined yet. */
export async function loadIdentity(stateDir: string): Promise<Identity | undefined> {
  const file = identityFile(stateDir)
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new Error(`Can't read ${file}. Make it readable for this user.`, { cause })
  })
  if (text === undefined) return undefined
  try {
    return v.parse(identitySchema, JSON.parse(text))
  } catch (cause) {
    throw new Error(`${file} is damaged. Remove it and join this worker again with a new join token.`, { cause })
  }
}

/** Writes the identity so that a crash leaves either the old file or the new one; mode 0600. */
export async function saveIdentity(stateDir: string, identity: Identity): Promise<void> {
  const file = identityFile(stateDir)
  await writeFile(`${file}.new`, JSON.stringify(identity, null, 2), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** A private JWK as a key that jose signs or opens with. */
export async function privateKey(jwk: JWK, algorithm: 'EdDSA' | 'ECDH-ES'): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm)
  if (key instanceof Uint8Array) throw new Error('This is not a private key.')
  return key
}

const identityFile = (stateDir: string) => join(stateDir, 'identity.json')
