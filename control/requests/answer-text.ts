import type { Context } from 'hono'

/** The text of the answer so far; it can still be sent and its headers still be changed. */
export async function answerText(c: Context): Promise<string> {
  const { status, headers } = c.res
  const text = await c.res.text()
  c.res = new Response(text === '' ? null : text, { status, headers })
  return text
}
