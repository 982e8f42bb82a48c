import { asc, sql } from 'drizzle-orm'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { type SigningKey, signatureAlgorithm } from '#schema/job-signature.ts'
import { signingKeys } from '#schema/tables/credentials.ts'
import type { PublicJwk } from '#schema/tables/workers.ts'
import type { Database } from '../db/database.ts'
import type { SecretBox } from './secret-box.ts'

/** A public signing key as `/.well-known/jwks.json` and the answer to a join publish it. */
export type PublishedKey = PublicJwk & { readonly kid: string; readonly alg: string; readonly use: 'sig' }

type CurrentKey = SigningKey & { readonly publicKey: CryptoKey }

/** The keys that sign jobs and sessions. */
export interface SigningKeys {
  /** The key that signs now: the oldest one, so that processes which start at once agree. */
  current(): Promise<CurrentKey>
  /** Every public key. */
  published(): Promise<readonly PublishedKey[]>
}

const sealContext = (kid: string) => `signing-key:${kid}`

/** Signing keys in the database; the first use makes one. Read once per process. */
export function createSigningKeys(db: Database, secretBox: SecretBox, now: () => Date): SigningKeys {
  // The value, never a pending promise: on edge runtimes a request must not wait for the I/O of another.
  let loaded: CurrentKey | undefined
  const rows = () => db.select().from(signingKeys).orderBy(asc(signingKeys.createdAt), asc(signingKeys.kid))

  async function load(): Promise<CurrentKey> {
    const [row] = await rows().limit(1)
    if (!row) {
      await make()
      return load()
    }
    const privateJwk = JSON.parse(await secretBox.open(row.privateJwkSealed, sealContext(row.kid))) as JWK
    return {
      kid: row.kid,
      privateKey: (await importJWK(privateJwk, signatureAlgorithm)) as CryptoKey,
      publicKey: (await importJWK(row.publicJwk as JWK, signatureAlgorithm)) as CryptoKey,
    }
  }

  async function make() {
    const pair = await generateKeyPair(signatureAlgorithm, { crv: 'Ed25519', extractable: true })
    const publicJwk = (await exportJWK(pair.publicKey)) as PublicJwk
    const kid = await calculateJwkThumbprint(publicJwk as JWK)
    const sealed = await secretBox.seal(JSON.stringify(await exportJWK(pair.privateKey)), sealContext(kid))
    // Only into an empty table: of several processes that start at once, one key wins.
    await db.run(sql`INSERT INTO ${signingKeys} (kid, public_jwk, private_jwk_sealed, created_at)
      SELECT ${kid}, ${JSON.stringify(publicJwk)}, ${sealed}, ${now().getTime()}
      WHERE NOT EXISTS (SELECT 1 FROM ${signingKeys})`)
  }

  return {
    async current() {
      loaded ??= await load()
      return loaded
    },
    async published() {
      await this.current()
      return (await rows()).map(({ kid, publicJwk }) => ({
        kty: publicJwk.kty,
        crv: publicJwk.crv,
        x: publicJwk.x,
        kid,
        alg: signatureAlgorithm,
        use: 'sig' as const,
      }))
    },
  }
}
