import type { Handler, Hono } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import { findTargetHandler } from 'hono/utils/handler'
import { uniqueSymbol } from 'hono-openapi'

/** What the routes of an app take. */
export interface RouteTable {
  /** The methods that `path` takes, HEAD and OPTIONS included; empty: there is no such address. */
  methodsOf(path: string): string[]
  /** Which kinds of input the route of this request has a schema for; undefined: there is no such route. */
  inputsOf(method: string, path: string): Inputs | undefined
}

export interface Inputs {
  readonly query: boolean
  readonly body: boolean
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Reads `app`'s routes once; to be made after the last route was added. Middleware, which takes any method, is no route. */
// biome-ignore lint/suspicious/noExplicitAny: of whatever variables and routes the app has, only the list is read.
export function routeTable(app: Hono<any, any, any>): RouteTable {
  const router = new TrieRouter<string>()
  const known = new Map<string, { query: boolean; body: boolean }>()
  for (const { method, path, handler } of app.routes) {
    if (method === 'ALL') continue
    const name = `${method} ${path}`
    let inputs = known.get(name)
    if (!inputs) {
      inputs = { query: false, body: false }
      known.set(name, inputs)
      router.add(method, path, name)
    }
    const target = validatedBy(handler)
    if (target === 'query') inputs.query = true
    if (target === 'json') inputs.body = true
  }
  return {
    methodsOf(path) {
      const found: string[] = methods.filter((method) => router.match(method, path)[0].length > 0)
      if (found.length === 0) return found
      return [...(found.includes('GET') ? ['GET', 'HEAD', ...found.slice(1)] : found), 'OPTIONS']
    },
    inputsOf(method, path) {
      const name = router.match(method === 'HEAD' ? 'GET' : method, path)[0][0]?.[0]
      return name === undefined ? undefined : known.get(name)
    },
  }
}

/** What a validator looks at (`query`, `json`); undefined for any other handler. */
function validatedBy(handler: Handler): string | undefined {
  const { [uniqueSymbol]: about } = findTargetHandler(handler) as { [uniqueSymbol]?: { target?: string } }
  return about?.target
}
