import { hc } from 'hono/client'
import type { AppType } from '../app.ts'
import { noAnswer, readProblem } from './problem.ts'

/** A call that takes longer has failed, milliseconds. */
const timeoutMs = 15_000

/** The API below `/v1`, with the types of control's own routes: a field or an address that is not there does not compile. */
export const { v1 } = clientWithin(timeoutMs)

/** The same with a time limit of its own. */
export function clientWithin(withinMs: number) {
  return hc<AppType>('/', {
    fetch: (input: RequestInfo | URL, init?: RequestInit) =>
      send(input, { ...init, signal: AbortSignal.timeout(withinMs) }),
  })
}

/** What an answer says; a `RequestProblem` where there was none, or it refuses. */
export async function read<Answer>(answering: Promise<{ json(): Promise<Answer> }>): Promise<Answer> {
  const answer = await answering
  try {
    return await answer.json()
  } catch (error) {
    throw noAnswer(error)
  }
}

/** Waits for an answer that says nothing. */
export const done = async (answering: Promise<unknown>): Promise<void> => {
  await answering
}

/** Sends one request; throws a `RequestProblem` where it fails or is refused. */
async function send(input: RequestInfo | URL, init: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(input, { cache: 'no-store', ...init })
  } catch (error) {
    throw noAnswer(error)
  }
  if (answer.ok) return answer
  throw await readProblem(answer).catch(noAnswer)
}
