import { createMiddleware } from 'hono/factory'

/**
 * Takes a body with nothing in it for `{}`, also where it calls itself JSON: many programs name a type with each request, and
 * where every field may be left out, all of the body may be.
 */
export const emptyBody = createMiddleware(async (c, next) => {
  const isJson = /^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')
  // Hono keeps a promise there, whatever the type says.
  if (isJson && (await c.req.text()).trim() === '') c.req.bodyCache.text = Promise.resolve('{}') as unknown as string
  await next()
})
