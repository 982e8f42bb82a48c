import { connect, isIP } from 'node:net'
import { ControlRefusal, ControlUnreachable } from '../agent/control-client.ts'

/** Longest wait for it, milliseconds. */
const patienceMs = 10_000

/** What a first look at a control plane shows. */
export interface ControlInReach {
  /** Our own address on the way there: others may reach us by it. */
  readonly localAddress: string
  /** Whether it runs on this machine. */
  readonly isHere: boolean
}

/** Looks whether a control plane of Weir answers there. Throws {@link ControlUnreachable} with what to do. */
export async function reachControl(controlUrl: string): Promise<ControlInReach> {
  const url = new URL(controlUrl)
  const localAddress = await addressTowards(url).catch((cause: NodeJS.ErrnoException) => {
    throw new ControlUnreachable(`The control plane at ${controlUrl} can't be reached: ${reasonOf(cause, url)}`, {
      cause,
    })
  })
  const answer = await fetch(`${controlUrl}/.well-known/jwks.json`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  }).catch((cause: Error) => {
    const inner = (cause.cause ?? cause) as NodeJS.ErrnoException
    throw new ControlUnreachable(`The control plane at ${controlUrl} can't be reached: ${reasonOf(inner, url)}`, {
      cause,
    })
  })
  const body: unknown = await answer.json().catch(() => null)
  if (answer.status >= 500)
    throw new ControlRefusal(answer.status, {
      detail: `The control plane at ${controlUrl} has a fault (${answer.status}). Its log says more.`,
    })
  if (!answer.ok || typeof body !== 'object' || body === null || !('keys' in body))
    throw new ControlUnreachable(
      `At ${controlUrl} answers something else than Weir. Check the address; it is the one of the dashboard.`,
    )
  return { localAddress, isHere: localAddress === '::1' || localAddress.startsWith('127.') }
}

async function addressTowards({ hostname, port, protocol }: URL): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({
    host,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    timeout: patienceMs,
  })
  try {
    return await new Promise<string>((resolve, reject) => {
      socket
        .once('connect', () => resolve(socket.localAddress ?? ''))
        .once('timeout', () => reject(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
        .once('error', reject)
    })
  } finally {
    socket.destroy()
  }
}

function reasonOf({ code, name }: NodeJS.ErrnoException, { hostname, host }: URL): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name ${hostname} is not known. Check how it is written.`
  if (code === 'ECONNREFUSED') return `nothing listens at ${host}. Is it running, and is this its port?`
  if (code === 'ETIMEDOUT' || name === 'TimeoutError' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return 'it does not answer. A firewall may be in between.'
  if (/CERT|SIGNATURE|ALTNAME/.test(code ?? ''))
    return `its certificate is not to be trusted (${code}). For one of your own, set NODE_EXTRA_CA_CERTS to a file with its authority.`
  return `${code ?? name}.`
}

/** As it stands in an address. */
export const inUrl = (address: string): string => (isIP(address) === 6 ? `[${address.split('%', 1)[0]}]` : address)

/** Whether an address is of a private network: the machines of others don't reach it. */
export const isPrivate = (address: string): boolean =>
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe80:)/i.test(
    address,
  )
