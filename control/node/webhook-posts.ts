import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { AddressRules } from '#schema/address-rules.ts'
import { addressRefusal, refusalOf } from '../webhooks/address.ts'
import { keptAnswerBytes } from '../webhooks/limits.ts'
import { PostError, readRetryAfter, type WebhookPosts } from '../webhooks/post.ts'

/** All addresses of a name, as the system's resolver knows them. */
export type LookupAll = (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void

interface NodeWebhookPosts extends WebhookPosts {
  /** Closes connections that are kept open. */
  close(): void
}

/** An idle connection is kept so long for the next event, milliseconds; of one host 4 at most, of all 64. */
const keptIdleMs = 10_000
const agentOptions = { keepAlive: true, maxFreeSockets: 4, maxTotalSockets: 256, timeout: keptIdleMs }

/**
 * Sends over Node's own client, which resolves a name through us: it connects to an address that the rules allow and to
 * nothing else, and follows no redirect.
 */
export function webhookPosts(rules: AddressRules, lookup: LookupAll = lookupAll): NodeWebhookPosts {
  const agents = { 'http:': new HttpAgent(agentOptions), 'https:': new HttpsAgent(agentOptions) }
  return {
    refusal: (url) => refusalOf(url, rules, { resolves: true }),
    async post({ url, headers, body, withinMs }) {
      const refusal = refusalOf(url, rules, { resolves: true })
      if (refusal !== null) throw new PostError(refusal)
      const late = AbortSignal.timeout(withinMs)
      const send = () =>
        begin({
          url,
          agent: agents[url.protocol as keyof typeof agents],
          headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
          body,
          signal: late,
          lookup: checkedLookup(url, rules, lookup),
        })
      try {
        const answer = await send().catch((error: unknown) => {
          // The other side closed an idle connection just as we took it: nobody has seen the request.
          if (error instanceof ReusedConnectionLost) return send()
          throw error
        })
        return {
          status: answer.statusCode ?? 0,
          body: await beginningOf(answer, late),
          retryAfterMs: readRetryAfter(answer.headers['retry-after']),
        }
      } catch (error) {
        if (error instanceof PostError) throw error
        throw new PostError(late.aborted ? `It did not answer within ${withinMs / 1000} s.` : wordsFor(error, url), {
          cause: error,
        })
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

class ReusedConnectionLost extends Error {}

interface Outgoing {
  readonly url: URL
  readonly agent: HttpAgent | HttpsAgent
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
  readonly lookup: ReturnType<typeof checkedLookup>
}

/** Resolves with the answer's head. */
function begin({ url, body, ...options }: Outgoing): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, { method: 'POST', ...options })
  request.once('response', resolve)
  request.on('error', (error: NodeJS.ErrnoException) => {
    const isLost = request.reusedSocket && error.code === 'ECONNRESET'
    reject(isLost ? new ReusedConnectionLost('', { cause: error }) : error)
  })
  request.end(body)
  return promise
}

/** Node's `lookup` for one connection: gives only addresses that may be connected to. */
const checkedLookup =
  ({ protocol }: URL, rules: AddressRules, lookup: LookupAll) =>
  (
    host: string,
    { all }: { all?: boolean | undefined },
    done: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void =>
    lookup(host, (error, found) => {
      const refusals = found.map(({ address }) => addressRefusal(address, protocol, rules))
      const allowed = found.filter((_, index) => refusals[index] === null)
      const [first] = allowed
      if (error) done(error, '')
      else if (!first) done(new PostError(refusals[0] ?? noSuchName(host)), '')
      else if (all) done(null, allowed)
      else done(null, first.address, first.family)
    })

const lookupAll: LookupAll = (host, done) =>
  systemLookup(host, { all: true }, (error, found) => done(error, found ?? []))

/** The first KiB, or what has come of it in time. The connection is only kept where the rest of the body is short. */
async function beginningOf(answer: IncomingMessage, late: AbortSignal): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece)
      size += piece.length
      if (size > 16 * keptAnswerBytes || late.aborted) break
    }
  } catch {
    // Its head has come, and that counts.
  }
  return new TextDecoder().decode(Buffer.concat(pieces).subarray(0, keptAnswerBytes)).replaceAll('\0', '')
}

function wordsFor(error: unknown, { hostname, port, protocol }: URL): string {
  const code = String((error as NodeJS.ErrnoException).code ?? '')
  if (/^(ENOTFOUND|EAI_)/.test(code)) return noSuchName(hostname)
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)/.test(code))
    return `${hostname} takes no connection at port ${port || (protocol === 'https:' ? 443 : 80)}. Check that the receiver runs, and its firewall.`
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return `The certificate of ${hostname} is not valid for it (${code}). Give the receiver one that fits its name.`
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return `${hostname} does not speak TLS as it should (${code}).`
  return `The connection to ${hostname} broke off${code && ` (${code})`}.`
}

const noSuchName = (host: string): string => `There is no machine by the name ${host}. Check the spelling.`
