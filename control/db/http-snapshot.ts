import type { Row } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { decodeValue, encodeStatement, type WireValue } from './http-values.ts'

/** Reads a libSQL server as it was at one moment, however much is written to it meanwhile. */
export interface HttpSnapshot {
  read(sql: string, params?: readonly unknown[]): Promise<readonly Row[]>
  close(): Promise<void>
}

interface Answer {
  readonly baton: string | null
  readonly base_url: string | null
  readonly results: readonly (
    | { type: 'ok'; response: { type: string; result?: { rows: WireValue[][] } } }
    | { type: 'error'; error: { message: string; code?: string } }
  )[]
}

/** One read takes no longer, milliseconds. */
const timeoutMs = 60_000

/** Begins to read: a stream with a transaction of its own (hrana 3, batons). It ends by itself after some idle seconds. */
export async function openHttpSnapshot(url: string, token: string | undefined): Promise<HttpSnapshot> {
  let base = url.replace(/^libsql:/, 'https:')
  let baton: string | null = null

  async function ask(requests: readonly object[]): Promise<Answer['results']> {
    const response = await fetch(new URL('/v2/pipeline', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ baton, requests }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new DatabaseError('The database can not be reached.', 'unreachable', { cause })
    })
    if (!response.ok)
      throw new DatabaseError(
        `The database answered ${response.status}.`,
        response.status === 401 || response.status === 403 ? 'unauthorized' : undefined,
      )
    const answer = (await response.json()) as Answer
    baton = answer.baton
    base = answer.base_url ?? base
    const failed = answer.results.find((result) => result.type === 'error')
    if (failed) throw new DatabaseError(failed.error.message, failed.error.code)
    return answer.results
  }
  const execute = (sql: string, params: readonly unknown[] = []) => ({
    type: 'execute',
    stmt: encodeStatement({ sql, params }),
  })

  // A transaction sees the moment of its first read, not that of its beginning.
  await ask([execute('BEGIN'), execute('SELECT count(*) FROM sqlite_master')])
  return {
    async read(sql, params) {
      const [result] = await ask([execute(sql, params)])
      if (result?.type !== 'ok') throw new DatabaseError('The database gave no answer.')
      return (result.response.result?.rows ?? []).map((row) => row.map(decodeValue))
    },
    async close() {
      await ask([execute('ROLLBACK'), { type: 'close' }]).catch(() => {})
    },
  }
}
