import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { Runtime } from '../runtime.ts'
import {
  destinationPassphraseContext,
  destinationSecretContext,
  idempotencyAnswerContext,
  inputTokenContext,
  inputUrlsContext,
  signingKeyContext,
  srtPassphraseContext,
  streamSecretContext,
  webhookSecretContext,
} from './contexts.ts'
import { SecretUnreadable, sealedKeyId } from './secret-box.ts'

/** A column whose values are under the secret key. */
interface SealedColumn {
  readonly table: string
  readonly column: string
  /** Columns that the context is made of. */
  readonly by: readonly string[]
  readonly context: (...by: string[]) => string
}

const of = (table: string, column: string, context: (id: string) => string, by = 'id'): SealedColumn => ({
  table,
  column,
  by: [by],
  context: (id = '') => context(id),
})

/** Every one. What is sealed to a worker (`destination_checks`) is not among them. */
export const sealedColumns: readonly SealedColumn[] = [
  of('live_streams', 'stream_key_sealed', streamSecretContext),
  of('live_streams', 'srt_passphrase_sealed', srtPassphraseContext),
  of('live_streams', 'previous_passphrase_sealed', srtPassphraseContext),
  of('inputs', 'urls_sealed', inputUrlsContext),
  of('inputs', 'oauth_token_sealed', inputTokenContext),
  of('destinations', 'stream_key_sealed', destinationSecretContext),
  of('destinations', 'srt_passphrase_sealed', destinationPassphraseContext),
  of('webhooks', 'secret_sealed', webhookSecretContext),
  of('webhooks', 'previous_secret_sealed', webhookSecretContext),
  of('signing_keys', 'private_jwk_sealed', signingKeyContext, 'kid'),
  {
    table: 'idempotency_keys',
    column: 'answer_sealed',
    by: ['principal', 'key'],
    context: (principal = '', key = '') => idempotencyAnswerContext(principal, key),
  },
]

/** Rows of one column encrypted anew in one go, and in one call at most: at the edge a request has its limits. */
const batchMax = 100
const callMax = 5_000

/** How many secrets there are under each key, by the key's id. */
export async function countSealed(db: Database): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { table, column } of sealedColumns) {
    const rows = await db.values<[string, number]>(
      sql`SELECT ${keyIdOf(column)}, count(*) FROM ${sql.identifier(table)}
        WHERE ${sql.identifier(column)} IS NOT NULL GROUP BY 1`,
    )
    for (const [id, count] of rows) counts.set(id, (counts.get(id) ?? 0) + count)
  }
  return counts
}

/**
 * Encrypts what is under older keys anew with the newest, 5,000 secrets in one call at most. One that is changed meanwhile keeps its
 * change; one that no key opens stays as it is, and is counted.
 */
export async function resealSecrets({ db, secretBox }: Runtime): Promise<{ resealed: number; unreadable: number }> {
  const newest = secretBox.keyIds[0] ?? ''
  let resealed = 0
  let unreadable = 0
  for (const { table, column, by, context } of sealedColumns) {
    for (let after = 0; resealed < callMax; ) {
      const rows = await db.values<[number, string, ...string[]]>(
        sql`SELECT rowid, ${sql.identifier(column)}, ${sql.join(
          by.map((name) => sql.identifier(name)),
          sql`, `,
        )} FROM ${sql.identifier(table)}
        WHERE rowid > ${after} AND ${sql.identifier(column)} IS NOT NULL AND ${keyIdOf(column)} <> ${newest}
        ORDER BY rowid LIMIT ${batchMax}`,
      )
      const last = rows.at(-1)
      if (!last) break
      after = last[0]
      const changes = await Promise.all(
        rows.map(async ([rowid, old, ...names]) => {
          try {
            const place = context(...names)
            return [rowid, old, await secretBox.seal(await secretBox.open(old, place), place)] as const
          } catch (error) {
            if (!(error instanceof SecretUnreadable)) throw error
            unreadable++
            return undefined
          }
        }),
      )
      const done = changes.filter((change) => change !== undefined)
      await db.run(sql`UPDATE ${sql.identifier(table)} SET ${sql.identifier(column)} = anew.value ->> '$[2]'
        FROM json_each(${JSON.stringify(done)}) AS anew
        WHERE ${sql.identifier(table)}.rowid = anew.value ->> '$[0]' AND ${sql.identifier(column)} = anew.value ->> '$[1]'`)
      resealed += done.length
    }
  }
  return { resealed, unreadable }
}

const keyIdOf = (column: string) => sql`substr(${sql.identifier(column)}, ${sealedKeyId.from}, ${sealedKeyId.length})`
