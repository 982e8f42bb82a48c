import { noAnswer, readProblem } from '../problem.ts'

/** Asks the API and reads its JSON answer; throws a `RequestProblem`. */
export async function jsonRequest<Answer>(path: string, init: RequestInit = {}, withinMs = 15_000): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(path, {
      cache: 'no-store',
      signal: AbortSignal.timeout(withinMs),
      ...init,
      headers: { ...(init.body !== undefined && { 'content-type': 'application/json' }), ...init.headers },
    })
  } catch (error) {
    throw noAnswer(error)
  }
  if (!response.ok) throw await readProblem(response)
  return (await response.json()) as Answer
}
