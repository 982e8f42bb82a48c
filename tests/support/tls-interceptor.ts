import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { listen } from './tcp-tap.ts'

/** An HTTP proxy that opens the TLS of whoever goes through it, with an authority of its own, and answers by itself. */
export interface TlsInterceptor {
  /** What a client needs in its environment to go through the proxy and to trust it. */
  readonly environment: Readonly<Record<'http_proxy' | 'https_proxy' | 'REQUESTS_CA_BUNDLE', string>>
  /** Hosts that somebody wanted and that are not among `hosts`; they were refused. */
  readonly refused: readonly string[]
  /** False: the proxy answers nobody and drops what is open, as a machine without network. */
  setOnline(online: boolean): void
  close(): Promise<void>
}

/** Answers as each of `hosts` over TLS by `onRequest`; `request.headers.host` tells which was asked. */
export async function startTlsInterceptor(
  hosts: readonly string[],
  onRequest: RequestListener,
): Promise<TlsInterceptor> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-intercept-'))
  const { key, cert } = await makeCertificates(folder, hosts)
  const inner = createSecureServer({ key, cert }, onRequest)
  inner.on('tlsClientError', () => {})
  const sockets = new Set<Socket>()
  const refused: string[] = []
  let online = true
  const proxy = createServer((request, response) => {
    refused.push(request.url ?? '')
    response.writeHead(403).end()
  })
  proxy.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (!online) socket.destroy()
  })
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    const host = (request.url ?? '').replace(/:443$/, '')
    if (hosts.includes(host)) {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      inner.emit('connection', socket)
    } else {
      refused.push(host)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    }
  })
  const address = `http://127.0.0.1:${await listen(proxy)}`
  const dropAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    environment: { http_proxy: address, https_proxy: address, REQUESTS_CA_BUNDLE: join(folder, 'ca.pem') },
    refused,
    setOnline: (wanted) => {
      online = wanted
      if (!wanted) dropAll()
    },
    close: async () => {
      dropAll()
      await new Promise((resolve) => proxy.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Writes `ca.pem` into the folder; gives the key and certificate of the hosts, PEM. */
async function makeCertificates(folder: string, hosts: readonly string[]): Promise<{ key: string; cert: string }> {
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execa('openssl', args)
  const newKey = (name: string) => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', file(name), '-days', '2'],
  ]
  const authority = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign']
  await openssl('req', '-x509', ...newKey('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Test CA', ...authority)
  await openssl('req', ...newKey('key.pem'), '-out', file('request.pem'), '-subj', `/CN=${hosts[0]}`)
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  await writeFile(file('ext'), `subjectAltName=${names}\nauthorityKeyIdentifier=keyid\nbasicConstraints=CA:FALSE\n`)
  const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2']
  await openssl(
    'x509',
    '-req',
    '-in',
    file('request.pem'),
    ...signer,
    '-extfile',
    file('ext'),
    '-out',
    file('cert.pem'),
  )
  const [{ stdout: key }, { stdout: cert }] = await Promise.all([
    execa('cat', [file('key.pem')]),
    execa('cat', [file('cert.pem')]),
  ])
  return { key, cert }
}
