import type { Context, Env, Hono } from 'hono'

const mark = Symbol('read by control itself')

/** Whether a request is control's own, made to see what it answers. Nothing from outside can be that: the mark is no part of a request. */
export const isInternalRead = (c: Context): boolean =>
  (c.env as { readonly [mark]?: true } | undefined)?.[mark] === true

type App = Pick<Hono<Env>, 'fetch'>

/** What the API answers to GET `path` now, as an object; null where there is none. */
export async function readInternally(app: App, c: Context, path: string): Promise<Record<string, unknown> | null> {
  const request = new Request(new URL(path, c.req.url))
  const answer = await app.fetch(request, { [mark]: true })
  if (!answer.ok || !answer.headers.get('content-type')?.startsWith('application/json')) {
    await answer.body?.cancel()
    return null
  }
  const body: unknown = await answer.json()
  return body !== null && typeof body === 'object' && !Array.isArray(body) ? (body as Record<string, unknown>) : null
}
