import { dial } from '../egress/dial.ts'
import { EgressError } from '../egress/egress-error.ts'
import { relayOnce } from '../egress/loopback-relay.ts'
import { NotRtsp, RtspGuard } from '../egress/rtsp-guard.ts'
import { explainExit } from './explain-exit.ts'
import type { FetchOptions } from './fetch-http.ts'
import { type Approach, type Fetched, firstMedia } from './fetched.ts'
import { lost, PullError } from './pull-error.ts'
import { type OutputOptions, rtspReader } from './reader-command.ts'

const silenceMs = 8_000
const mostRedirects = 4
const usualPorts: Readonly<Record<string, number>> = { 'rtsp:': 554, 'rtsps:': 322 }

/**
 * Fetches RTSP or RTSPS (RFC 2326). FFmpeg speaks plain RTSP to a relay on loopback; the connection to the checked address,
 * TLS, and redirects are ours. Throws a PullError or an EgressError.
 */
export async function fetchRtsp(address: string, options: FetchOptions): Promise<Fetched> {
  let target = new URL(address)
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    let redirect: URL | undefined
    try {
      const approach = (output: OutputOptions) =>
        approachServer(target, options, output, (location) => {
          redirect = redirected(target, location)
        })
      const media = await firstMedia({ ...options, silenceMs, approach })
      return { ...media, protocol: 'rtsp', pacing: 'arrival' }
    } catch (error) {
      if (redirect === undefined) throw error
      target = redirect
    }
  }
  throw new EgressError('too_many_redirects', `${target.hostname} redirects in a circle.`, 'Check the address.')
}

async function approachServer(
  target: URL,
  { egress, signal }: FetchOptions,
  output: OutputOptions,
  onRedirect: (location: string | undefined) => void,
): Promise<Approach> {
  const { hostname: host, protocol } = target
  const port = Number(target.port) || usualPorts[protocol]
  if (port === undefined)
    throw new PullError('address_unsupported', `${protocol}// is no RTSP.`, 'Use rtsp:// or rtsps://.')
  const outside = await dial({ host, port, tls: protocol === 'rtsps:' }, egress.options, signal)
  let refusal: number | undefined
  const guard = new RtspGuard((status, location) => {
    refusal = status >= 400 ? status : undefined
    if (status >= 300 && status < 400) onRedirect(location)
  })
  let isNotRtsp = false
  guard.once('error', (error) => {
    isNotRtsp = error instanceof NotRtsp
  })
  const relay = await relayOnce(outside, guard)
  const user = target.username === '' ? '' : `${target.username}:${target.password}@`
  return {
    command: rtspReader(`rtsp://${user}127.0.0.1:${relay.port}${target.pathname}${target.search}`, output),
    explain: (exit) => {
      if (isNotRtsp) return notRtsp(host)
      return exit.silent || exit.reason !== 'ended' || refusal !== undefined
        ? explainExit(exit, host, refusal)
        : lost(host)
    },
    close: () => relay.close(),
  }
}

const notRtsp = (host: string) =>
  new PullError('source_unreadable', `${host} does not speak RTSP as it should.`, 'Check the address and the port.')

/** Where a redirect leads, with the credentials of the address only if it stays on the same server. */
function redirected(target: URL, location: string | undefined): URL {
  const next = URL.parse(location ?? '', target)
  if (next === null || !(next.protocol in usualPorts))
    throw new PullError('address_unsupported', `${target.hostname} redirects to what is no RTSP.`, 'Check the address.')
  if (next.host === target.host && next.username === '') {
    next.username = target.username
    next.password = target.password
  }
  return next
}
