import type { Executor, Row, Statement } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { decodeValue, encodeStatement, type WireValue } from './http-values.ts'

interface HttpDatabaseOptions {
  /** `https://…` or `libsql://…` of sqld or Turso. */
  readonly url: string
  readonly token?: string | undefined
  readonly fetch?: typeof fetch
  /** An attempt may take so long, milliseconds. */
  readonly timeoutMs?: number
  /** Ends what is in flight, and everything after it. */
  readonly signal?: AbortSignal | undefined
}

/** Attempts per call: a busy database or a 429 is tried again after 20–40, 40–80, … ms. */
const attempts = 6

/** Runs SQL on a libSQL server over its HTTP pipeline (hrana 3, `/v2/pipeline`): one request per call. */
export function httpExecutor({
  url,
  token,
  fetch = globalThis.fetch,
  timeoutMs = 10_000,
  signal,
}: HttpDatabaseOptions): Executor {
  const endpoint = new URL('/v2/pipeline', url.replace(/^libsql:/, 'https:')).href
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }

  /** The answer with its body read; one that takes too long is a DatabaseError and not asked again: it may have been done. */
  async function ask(body: string): Promise<{ status: number; answer: unknown }> {
    const tooLate = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers,
        body,
        signal: signal ? AbortSignal.any([signal, tooLate]) : tooLate,
      })
      if (response.ok) return { status: response.status, answer: await asAnswer(response) }
      await response.body?.cancel()
      return { status: response.status, answer: undefined }
    } catch (error) {
      if (tooLate.aborted)
        throw new DatabaseError(`The database did not answer within ${timeoutMs / 1000} s.`, 'timeout')
      if (signal?.aborted || error instanceof DatabaseError) throw error
      throw new DatabaseError('The database can not be reached.', 'unreachable', { cause: error })
    }
  }

  return async (statements) => {
    const body = JSON.stringify({ requests: [request(statements), { type: 'close' }] })
    for (let attempt = 1; ; attempt++) {
      const { status, answer } = await ask(body)
      if (answer !== undefined) {
        const outcome = read(answer, statements.length)
        if (!(outcome instanceof DatabaseError)) return outcome
        if (attempt === attempts || !isBusy(outcome)) throw outcome
      } else if (attempt === attempts || (status !== 429 && status !== 503)) {
        throw new DatabaseError(`The database answered ${status}.`, codeOf(status))
      }
      await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt * (1 + Math.random())))
    }
  }
}

/** A pipeline's answer has results; what else speaks HTTP has none. */
async function asAnswer(response: Response): Promise<unknown> {
  const answer: unknown = await response.json().catch((cause: unknown) => {
    // The connection broke off, or there is no JSON.
    if (cause instanceof SyntaxError) return undefined
    throw cause
  })
  if (typeof answer === 'object' && answer !== null && 'results' in answer) return answer
  throw new DatabaseError('What answers is no libSQL server.', 'not_libsql')
}

function codeOf(status: number): string | undefined {
  if (status === 401 || status === 403) return 'unauthorized'
  return status === 404 || status === 405 ? 'not_libsql' : undefined
}

const isBusy = (error: DatabaseError) => error.code === 'SQLITE_BUSY' || /database is locked/i.test(error.message)

/** One statement runs by itself; several become a batch whose steps each wait for the one before, or roll back. */
function request(statements: readonly Statement[]) {
  const [first] = statements
  if (statements.length === 1 && first) return { type: 'execute', stmt: encodeStatement(first) }
  const commit = statements.length + 1
  return {
    type: 'batch',
    batch: {
      steps: [
        { stmt: { sql: 'BEGIN IMMEDIATE' } },
        ...statements.map((statement, index) => ({
          condition: { type: 'ok', step: index },
          stmt: encodeStatement(statement),
        })),
        { condition: { type: 'ok', step: commit - 1 }, stmt: { sql: 'COMMIT' } },
        { condition: { type: 'not', cond: { type: 'ok', step: commit } }, stmt: { sql: 'ROLLBACK' } },
      ],
    },
  }
}

type WireError = { message: string; code?: string } | null
type WireRows = { rows: WireValue[][] } | null
interface WireAnswer {
  readonly results: readonly [
    | { type: 'ok'; response: { type: 'execute'; result: WireRows } }
    | { type: 'ok'; response: { type: 'batch'; result: { step_results: WireRows[]; step_errors: WireError[] } } }
    | { type: 'error'; error: { message: string; code?: string } },
  ]
}

function read(answer: unknown, count: number): readonly (readonly Row[])[] | DatabaseError {
  const [result] = (answer as WireAnswer).results
  if (result.type === 'error') return new DatabaseError(result.error.message, result.error.code)
  if (result.response.type === 'execute') return [decodeRows(result.response.result)]
  const { step_results, step_errors } = result.response.result
  // The last step is the roll-back, which is skipped, or fails after BEGIN did.
  const error = step_errors.slice(0, count + 2).find((each) => each !== null)
  if (error) return new DatabaseError(error.message, error.code)
  return step_results.slice(1, count + 1).map(decodeRows)
}

const decodeRows = (result: WireRows): readonly Row[] => (result?.rows ?? []).map((row) => row.map(decodeValue))
