import { request } from 'node:http'
import { connect } from 'node:net'

const timeoutMs = 5_000

/**
 * Whether the site of this address can be reached, through the proxy of the environment where there is one. Streamlink
 * answers the same of a site without network as of a channel that is not there. Where `signal` aborts it says no at once.
 */
export async function canReachSite(
  address: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<boolean> {
  const url = new URL(address)
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const proxy = proxyFor(url, environment)
  if (proxy === null) return canConnect(url.hostname, port, signal)
  if (proxy.protocol !== 'http:') return canConnect(proxy.hostname, Number(proxy.port) || 1080, signal)
  return canTunnel(proxy, `${url.hostname}:${port}`, signal)
}

function proxyFor({ protocol, hostname }: URL, environment: NodeJS.ProcessEnv): URL | null {
  const named = (name: string) => environment[name] || environment[name.toUpperCase()]
  const spared = (named('no_proxy') ?? '').split(',').map((name) => name.trim().replace(/^\*?\./, ''))
  if (spared.some((name) => name === '*' || (name !== '' && `.${hostname}`.endsWith(`.${name}`)))) return null
  return URL.parse(named(`${protocol.slice(0, -1)}_proxy`) ?? named('all_proxy') ?? '')
}

function canConnect(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port, timeout: timeoutMs, signal })
  socket.on('connect', () => resolve(true))
  socket.on('timeout', () => resolve(false))
  socket.on('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

function canTunnel(proxy: URL, target: string, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const login = [proxy.username, proxy.password].map(decodeURIComponent).join(':')
  const headers = login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }
  const { hostname, port } = proxy
  const asked = request({
    host: hostname,
    port: port || 80,
    method: 'CONNECT',
    path: target,
    headers,
    timeout: timeoutMs,
    signal,
  })
  asked.on('connect', (response, socket) => {
    socket.destroy()
    resolve(response.statusCode === 200)
  })
  asked.on('response', () => resolve(false))
  asked.on('timeout', () => resolve(false))
  asked.on('error', () => resolve(false))
  asked.end()
  return promise.finally(() => asked.destroy())
}
