import type { Http2Bindings, HttpBindings } from '@hono/node-server'

type Fetch = (request: Request, bindings: HttpBindings | Http2Bindings) => Response | Promise<Response>

/**
 * Tells a client whose body was not read to its end (it is too large, say, or nobody may send it) that this connection
 * carries no further request (RFC 9112 §9.6): the server cuts it half a second later, and a request sent after such an
 * answer would be lost.
 */
export const closeAfterUnread =
  (fetch: Fetch): Fetch =>
  async (request, bindings) => {
    const answer = await fetch(request, bindings)
    // The parser gets to the end of a message only when all before it has been read.
    if (!bindings.incoming.complete) answer.headers.set('connection', 'close')
    return answer
  }
