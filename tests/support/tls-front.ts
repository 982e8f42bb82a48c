import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'
import { listen } from './tcp-tap.ts'

const run = promisify(execFile)

/** TLS for a server that has none, with a certificate for `localhost` from an authority of its own. */
export interface TlsFront {
  readonly port: number
  /** The authority's certificate, PEM. */
  readonly ca: string
  /** Names that clients asked for (SNI); false for one that asked for none. */
  readonly names: (string | false)[]
  close(): Promise<void>
}

/** `days`: how long its certificate is valid from now on; a negative number for one that has expired. */
export async function startTlsFront(toPort: number, { days = 2 } = {}): Promise<TlsFront> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-tls-'))
  const { ca, key, cert } = await makeCertificates(folder, days)
  await rm(folder, { recursive: true })
  const sockets = new Set<Socket>()
  const names: (string | false)[] = []
  const server = createServer({ key, cert }, (secure) => {
    names.push(secure.servername as string | false)
    const plain = connect(toPort, '127.0.0.1')
    for (const [from, to] of [
      [secure, plain],
      [plain, secure],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    secure.pipe(plain).pipe(secure)
  })
  server.on('tlsClientError', () => {})
  const port = await listen(server)
  return {
    port,
    ca,
    names,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function makeCertificates(folder: string, days: number): Promise<{ ca: string; key: string; cert: string }> {
  const file = (name: string) => join(folder, name)
  const newKey = (name: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    file(name),
  ]
  await run('openssl', [
    'req',
    '-x509',
    ...newKey('ca.key'),
    '-out',
    file('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
  ])
  await run('openssl', ['req', ...newKey('key.pem'), '-out', file('request.pem'), '-subj', '/CN=localhost'])
  await writeFile(file('extensions'), 'subjectAltName=DNS:localhost')
  await run('openssl', [
    ...['x509', '-req', '-in', file('request.pem'), '-CA', file('ca.pem'), '-CAkey', file('ca.key')],
    ...['-CAcreateserial', '-days', String(days), '-out', file('cert.pem'), '-extfile', file('extensions')],
  ])
  const read = (name: string) => readFile(file(name), 'utf8')
  return { ca: await read('ca.pem'), key: await read('key.pem'), cert: await read('cert.pem') }
}
