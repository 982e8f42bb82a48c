import { asc, eq, lte, sql } from 'drizzle-orm'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { type SigningKey, signatureAlgorithm } from '#schema/job-signature.ts'
import { signingKeys } from '#schema/tables/credentials.ts'
import type { PublicJwk } from '#schema/tables/workers.ts'
import type { Database } from '../db/database.ts'
import { ApiError, notFound } from '../errors.ts'
import { signingKeyContext } from './contexts.ts'
import type { SecretBox } from './secret-box.ts'

/** A public signing key as `/.well-known/jwks.json` and the answer to a join publish it. */
export type PublishedKey = PublicJwk & { readonly kid: string; readonly alg: string; readonly use: 'sig' }

type CurrentKey = SigningKey & { readonly publicKey: CryptoKey }
type KeyRow = typeof signingKeys.$inferSelect

/** `next`: published, does not sign yet. `signing`. `retiring`: what it signed is still good. */
export type SigningKeyState = 'next' | 'signing' | 'retiring'

/** What is told of a key. */
export interface KnownKey {
  readonly kid: string
  readonly state: SigningKeyState
  readonly createdAt: Date
  /** Null: from the beginning. */
  readonly signsFrom: Date | null
  readonly retiresAt: Date | null
}

/** The keys that sign jobs, orders to workers and playback tokens. One signs; those before it are good for a while still. */
export interface SigningKeys {
  /** The key that signs now. Ask for it at each signature. */
  current(): Promise<CurrentKey>
  /** Every public key whose signatures are good, and the one that signs next. */
  published(): Promise<readonly PublishedKey[]>
  /** The newest key that signs or has signed and is among these ids: what somebody who knows only those believes. */
  knownAs(kids: readonly string[]): Promise<SigningKey | undefined>
  list(): Promise<readonly KnownKey[]>
  /** Makes a key, publishes it at once, lets it sign after `leadS` seconds, and the one before it retire `overlapS` after that. */
  rotate(times: { readonly leadS: number; readonly overlapS: number }): Promise<void>
  /** Takes a key that does not sign out of use at once: what it signed is refused. */
  retire(kid: string): Promise<void>
  /** Deletes what has retired. */
  forget(): Promise<void>
}

/** Keys at most, the retiring ones included. */
const keysMax = 5
/** Other processes hear of a new key within this time, milliseconds. It is never longer before it signs. */
export const keysReadAgainMs = 30_000

/** Signing keys in the database; the first use makes one. Read again every 30 s. */
export function createSigningKeys(db: Database, secretBox: SecretBox, now: () => Date): SigningKeys {
  // Values, never pending promises: on edge runtimes a request must not wait for the I/O of another.
  let read: { readonly atMs: number; readonly rows: readonly KeyRow[] } | undefined
  const opened = new Map<string, CurrentKey>()

  async function rows(): Promise<readonly KeyRow[]> {
    const nowMs = now().getTime()
    if (!read || Math.abs(nowMs - read.atMs) >= keysReadAgainMs) {
      const found = await select()
      read = { atMs: nowMs, rows: found.length > 0 ? found : await makeFirst() }
      for (const kid of opened.keys()) if (!read.rows.some((row) => row.kid === kid)) opened.delete(kid)
    }
    return read.rows.filter(({ retiresAt }) => retiresAt === null || retiresAt > now())
  }

  const select = () =>
    db.select().from(signingKeys).orderBy(asc(signingKeys.signsFrom), asc(signingKeys.createdAt), asc(signingKeys.kid))

  async function makeFirst(): Promise<KeyRow[]> {
    const { kid, publicJwk, sealed } = await make()
    // Only into an empty table: of several processes that start at once, one key wins.
    await db.run(sql`INSERT INTO ${signingKeys} (kid, public_jwk, private_jwk_sealed, created_at)
      SELECT ${kid}, ${JSON.stringify(publicJwk)}, ${sealed}, ${now().getTime()}
      WHERE NOT EXISTS (SELECT 1 FROM ${signingKeys})`)
    return select()
  }

  async function make(): Promise<{ kid: string; publicJwk: PublicJwk; sealed: string }> {
    const pair = await generateKeyPair(signatureAlgorithm, { crv: 'Ed25519', extractable: true })
    const publicJwk = (await exportJWK(pair.publicKey)) as PublicJwk
    const kid = await calculateJwkThumbprint(publicJwk as JWK)
    const sealed = await secretBox.seal(JSON.stringify(await exportJWK(pair.privateKey)), signingKeyContext(kid))
    return { kid, publicJwk, sealed }
  }

  async function open(row: KeyRow): Promise<CurrentKey> {
    const known = opened.get(row.kid)
    if (known) return known
    const privateJwk = JSON.parse(await secretBox.open(row.privateJwkSealed, signingKeyContext(row.kid))) as JWK
    const key = {
      kid: row.kid,
      privateKey: (await importJWK(privateJwk, signatureAlgorithm)) as CryptoKey,
      publicKey: (await importJWK(row.publicJwk as JWK, signatureAlgorithm)) as CryptoKey,
    }
    opened.set(row.kid, key)
    return key
  }

  const signer = async () => signerOf(await rows(), now())

  return {
    current: async () => open(await signer()),
    async published() {
      return (await rows()).map(({ kid, publicJwk }) => ({
        kty: publicJwk.kty,
        crv: publicJwk.crv,
        x: publicJwk.x,
        kid,
        alg: signatureAlgorithm,
        use: 'sig' as const,
      }))
    },
    async knownAs(kids) {
      const usable = (await rows()).filter(({ kid, signsFrom }) => kids.includes(kid) && signsFrom <= now())
      return usable.length === 0 ? undefined : open(signerOf(usable, now()))
    },
    async list() {
      const { kid: signing } = await signer()
      return (await rows()).map(({ kid, createdAt, signsFrom, retiresAt }) => ({
        kid,
        state: kid === signing ? 'signing' : signsFrom > now() ? 'next' : 'retiring',
        createdAt,
        signsFrom: signsFrom.getTime() === 0 ? null : signsFrom,
        retiresAt,
      }))
    },
    async rotate({ leadS, overlapS }) {
      read = undefined
      const present = await rows()
      const next = present.find(({ signsFrom }) => signsFrom > now())
      if (next)
        throw new ApiError(
          'conflict',
          `A new key is published already; it signs from ${next.signsFrom.toISOString()}. Rotate again after that.`,
        )
      if (present.length >= keysMax)
        throw new ApiError('conflict', `There are ${keysMax} keys already. Wait until one has retired, or retire one.`)
      const { kid, publicJwk, sealed } = await make()
      const at = now()
      const signsFrom = at.getTime() + leadS * 1000
      const retiresAt = signsFrom + overlapS * 1000
      await db.batch([
        db.run(sql`UPDATE ${signingKeys} SET retires_at = min(coalesce(retires_at, ${retiresAt}), ${retiresAt})`),
        db
          .insert(signingKeys)
          .values({ kid, publicJwk, privateJwkSealed: sealed, createdAt: at, signsFrom: new Date(signsFrom) }),
      ])
      read = undefined
    },
    async retire(kid) {
      read = undefined
      if (!(await rows()).some((row) => row.kid === kid)) throw notFound('signing key')
      if ((await signer()).kid === kid)
        throw new ApiError('conflict', 'This key signs now. Rotate first, and retire it once the new one signs.')
      await db.delete(signingKeys).where(eq(signingKeys.kid, kid))
      read = undefined
    },
    async forget() {
      await db.delete(signingKeys).where(lte(signingKeys.retiresAt, now()))
    },
  }
}

/** Of those that may sign the one that began last; of equal ones the oldest, so that processes which start at once agree. */
function signerOf(rows: readonly KeyRow[], now: Date): KeyRow {
  const able = rows.filter(({ signsFrom }) => signsFrom <= now)
  const [first, ...rest] = able.length > 0 ? able : rows
  if (!first) throw new Error('There is no signing key.')
  return rest.reduce((best, row) => (row.signsFrom > best.signsFrom ? row : best), first)
}
