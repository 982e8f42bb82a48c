import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE, streamText } from 'hono/streaming'
import type { KeptLogLine } from '#schema/contracts/log.ts'
import type { Runtime } from '../runtime.ts'
import { type LogFilter, linesAfter, linesBefore, presentLine } from './read.ts'

/** The database is asked at least this often, milliseconds. */
const lookMs = 1_000
/** Something goes out after this much silence, so that proxies keep the connection, milliseconds. */
const silenceMs = 15_000
/** How often is asked whether who follows still may, milliseconds. */
const allowedMs = 60_000
/** Lines read at once. */
const batchMax = 200

interface Following {
  readonly id: string
  readonly filter: LogFilter
  /** How many of the newest lines come first. */
  readonly limit: number
  /** Whether who follows still may. */
  readonly isAllowed: () => Promise<boolean>
  /** When that was asked last, Unix milliseconds. */
  readonly allowedAtMs: number
}

/**
 * Sends the newest lines, oldest of them first, and then each that comes, until the client goes: as Server-Sent Events whose
 * ids resume (`Last-Event-ID`), or as lines of JSON for who asks for `application/x-ndjson`. `over` is called at the end.
 */
export function followLines(c: Context, runtime: Runtime, following: Following, over: () => void): Response {
  const resumeAt = /^\d{1,15}$/.exec(c.req.header('last-event-id') ?? '')?.[0]
  const after = resumeAt === undefined ? undefined : Number(resumeAt)
  c.header('Cache-Control', 'no-store')
  if (/\bapplication\/x-ndjson\b/.test(c.req.header('accept') ?? '')) {
    const answer = streamText(c, (stream) => {
      const send = async (line: KeptLogLine) => void (await stream.write(`${JSON.stringify(line)}\n`))
      return sendAll(stream, send, () => stream.write('\n'))
    })
    answer.headers.set('Content-Type', 'application/x-ndjson; charset=utf-8')
    return answer
  }
  return streamSSE(c, async (stream) => {
    await stream.write('retry: 2000\n\n')
    await sendAll(
      stream,
      (line) => stream.writeSSE({ event: 'line', data: JSON.stringify(line), id: line.id }),
      () => stream.write(':\n\n'),
    )
  })

  async function sendAll(
    stream: Pick<SSEStreamingApi, 'onAbort'>,
    send: (line: KeptLogLine) => Promise<void>,
    keepAlive: () => Promise<unknown>,
  ): Promise<void> {
    const gone = new AbortController()
    stream.onAbort(() => gone.abort())
    try {
      await sendLines(runtime, following, after, AbortSignal.any([gone.signal, runtime.closing]), send, keepAlive)
    } catch (error) {
      // The client connects again and resumes where this ended.
      runtime.log.warn({ err: error }, 'following a log ended early')
    } finally {
      over()
    }
  }
}

async function sendLines(
  { db, now, pulse }: Pick<Runtime, 'db' | 'now' | 'pulse'>,
  { id, filter, limit, isAllowed, allowedAtMs: askedAtMs }: Following,
  resumeAfter: number | undefined,
  over: AbortSignal,
  send: (line: KeptLogLine) => Promise<void>,
  keepAlive: () => Promise<unknown>,
): Promise<void> {
  let place = resumeAfter ?? 0
  let allowedAtMs = askedAtMs
  if (resumeAfter === undefined) {
    const newest = await linesBefore(db, id, filter, undefined, limit)
    for (const row of newest.toReversed()) await send(presentLine(row))
    place = newest[0]?.seq ?? 0
  }
  let sentAtMs = Date.now()
  while (!over.aborted) {
    if (Math.abs(now().getTime() - allowedAtMs) >= allowedMs) {
      if (!(await isAllowed())) return
      allowedAtMs = now().getTime()
    }
    const rows = await linesAfter(db, id, filter, place, batchMax)
    for (const row of rows) await send(presentLine(row))
    place = rows.at(-1)?.seq ?? place
    if (rows.length > 0) sentAtMs = Date.now()
    else if (Date.now() - sentAtMs > silenceMs) {
      await keepAlive()
      sentAtMs = Date.now()
    }
    if (rows.length < batchMax) await pulse.wait(lookMs, over)
  }
}
