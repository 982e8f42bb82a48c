import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AddressRules } from '#schema/address-rules.ts'
import { selfSigned } from '#tests/support/self-signed.ts'
import { type Handler, startWebServer } from '#tests/support/web-server.ts'
import type { DialOptions } from '#worker/ingest/egress/dial.ts'
import { type ProxyPass, startEgress } from '#worker/ingest/egress/egress.ts'

async function egress(options: Partial<DialOptions> = {}, tunnels = false) {
  const started = await startEgress({ rules: new AddressRules(['127.0.0.0/8']), ...options })
  onTestFinished(() => started.close().catch(() => {}))
  return { started, pass: started.admit({ tunnels }) }
}

/** One request through the proxy, in absolute form. */
async function through(pass: ProxyPass, url: string, { method = 'GET', headers = {}, user = true } = {}) {
  const { hostname, port, username, password } = new URL(pass.proxyUrl)
  const credentials = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const sent = request({
    ...{ host: hostname, port, method, path: url },
    headers: { host: new URL(url).host, ...(user ? { 'proxy-authorization': credentials } : {}), ...headers },
  })
  const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

const say =
  (body: string, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    void response.writeHead(200, headers).end(body)

describe('the egress proxy', () => {
  it('fetches from an allowed address', async () => {
    const server = await startWebServer(null, { '/a': say('media', { 'content-type': 'video/mp2t' }) })
    const { pass } = await egress()
    const { status, body, headers } = await through(pass, `${server.url}/a?token=1`)
    expect([status, body, headers['content-type']]).toEqual([200, 'media', 'video/mp2t'])
    expect(server.asked).toEqual(['/a?token=1'])
  })

  it('answers nobody without its password, and not after it was revoked', async () => {
    const server = await startWebServer(null, { '/a': say('secret') })
    const { pass } = await egress()
    expect((await through(pass, `${server.url}/a`, { user: false })).status).toBe(407)
    const guessed = { ...pass, proxyUrl: pass.proxyUrl.replace(/:(\w+)@/, ':wrong@') }
    expect((await through(guessed, `${server.url}/a`)).status).toBe(407)
    pass.close()
    expect((await through(pass, `${server.url}/a`)).status).toBe(407)
    expect(server.asked).toEqual([])
  })

  it('refuses a private address with 403, and keeps the reason', async () => {
    const server = await startWebServer(null, { '/a': say('internal') })
    const { pass } = await egress({ rules: new AddressRules() })
    expect((await through(pass, `${server.url}/a`)).status).toBe(403)
    expect(pass.failure?.message).toBe('The address leads to this machine itself (127.0.0.0/8).')
    expect(server.asked).toEqual([])
  })

  it('does nothing but GET and HEAD over http', async () => {
    const server = await startWebServer(null, { '/a': say('x') })
    const { pass } = await egress()
    expect((await through(pass, `${server.url}/a`, { method: 'POST' })).status).toBe(405)
    expect((await through(pass, `ftp://127.0.0.1:${server.port}/a`)).status).toBe(400)
    expect((await through(pass, `${server.url}/a`, { method: 'HEAD' })).status).toBe(200)
  })

  it('keeps its own credentials from the server, and the headers of the hop', async () => {
    const seen: IncomingMessage['headers'][] = []
    const server = await startWebServer(null, {
      '/a': (incoming, response) => {
        seen.push(incoming.headers)
        response.end()
      },
    })
    const { pass } = await egress()
    await through(pass, `${server.url}/a`, { headers: { connection: 'close, x-hop', 'x-hop': '1', range: 'bytes=0-' } })
    expect(seen[0]).toMatchObject({ range: 'bytes=0-', host: `127.0.0.1:${server.port}` })
    expect(Object.keys(seen[0] ?? {})).not.toEqual(expect.arrayContaining(['proxy-authorization']))
    expect(seen[0]).not.toHaveProperty('x-hop')
  })

  it('gives a stand-in for an address, and its user and password to that server only', async () => {
    const seen: (string | undefined)[] = []
    const note: Handler = (incoming, response) => {
      seen.push(incoming.headers.authorization)
      response.end('x')
    }
    const own = await startWebServer(null, { '/live': note })
    const other = await startWebServer(null, { '/live': note })
    const { pass } = await egress()
    const start = pass.startUrl(`http://user:pa%20ss@127.0.0.1:${own.port}/live?token=1`, 'index.m3u8')
    expect(start).toBe('http://start.weir.invalid/0/index.m3u8')
    const redirect = await through(pass, start)
    expect([redirect.status, redirect.headers.location]).toEqual([
      302,
      `http://user:pa%20ss@127.0.0.1:${own.port}/live?token=1`,
    ])
    await through(pass, `${own.url}/live`)
    await through(pass, `${other.url}/live`)
    expect(seen).toEqual([`Basic ${Buffer.from('user:pa ss').toString('base64')}`, undefined])
    expect((await through(pass, 'http://start.weir.invalid/1/x')).status).toBe(404)
  })

  it('speaks TLS and verifies certificates in the place of FFmpeg', async () => {
    const tls = await selfSigned()
    const server = await startWebServer(
      null,
      {
        '/live.m3u8': say(
          '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="https://localhost:9/key"\n//localhost:9/a.ts\nb.ts\n',
        ),
        '/moved': (_, response) => void response.writeHead(302, { location: '/live.m3u8' }).end(),
      },
      { tls },
    )
    const { pass } = await egress({ ca: tls.cert })
    const start = await through(pass, pass.startUrl(`${server.url}/moved`, 'index.m3u8'))
    expect(start.headers.location).toBe('http://https-0.weir.invalid/moved')
    const moved = await through(pass, String(start.headers.location))
    expect([moved.status, moved.headers.location]).toEqual([302, 'http://https-0.weir.invalid/live.m3u8'])
    const playlist = await through(pass, String(moved.headers.location))
    expect(playlist.body.split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-KEY:METHOD=AES-128,URI="http://https-1.weir.invalid/key"',
      'http://https-1.weir.invalid/a.ts',
      'b.ts',
      '',
    ])
    const { pass: distrusting } = await egress()
    const fails = await through(distrusting, distrusting.startUrl(`${server.url}/live.m3u8`, 'a'))
    expect((await through(distrusting, String(fails.headers.location))).status).toBe(502)
    expect(distrusting.failure).toMatchObject({ code: 'tls_failed' })
  })

  it('fails a body that breaks off, so that nobody takes it for whole', async () => {
    const server = await startWebServer(null, {
      '/a': (_, response) => {
        response.writeHead(200, { 'content-length': '100000' }).write('x'.repeat(2_000))
        setTimeout(() => response.destroy(), 20)
      },
    })
    const { pass } = await egress()
    await expect(through(pass, `${server.url}/a`)).rejects.toThrow('aborted')
    expect(pass.failure).toMatchObject({ code: 'connection_lost' })
  })

  it('reads no playlist of more than 4 MiB', async () => {
    const server = await startWebServer(null, { '/a': say(`#EXTM3U\n${'#x\n'.repeat(2_000_000)}`) })
    const { pass } = await egress()
    expect((await through(pass, `${server.url}/a`)).status).toBe(502)
  })
})

describe('tunnels through the egress proxy', () => {
  async function tunnel(pass: ProxyPass, authority: string) {
    const { hostname, port, username, password } = new URL(pass.proxyUrl)
    const socket = connect(Number(port), hostname)
    onTestFinished(() => void socket.destroy())
    const credentials = Buffer.from(`${username}:${password}`).toString('base64')
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nproxy-authorization: Basic ${credentials}\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    return { socket, status: /^HTTP\/1.1 (\d+)/.exec(String(answer))?.[1] }
  }

  it('lead to allowed addresses for those who may', async () => {
    const server = await startWebServer(null, { '/a': say('through') })
    const { pass } = await egress({}, true)
    const { socket, status } = await tunnel(pass, `127.0.0.1:${server.port}`)
    expect(status).toBe('200')
    socket.write('GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(await text(socket)).toContain('through')
  })

  it('end with the proxy', async () => {
    const server = await startWebServer(null)
    const { pass, started } = await egress({}, true)
    const { socket } = await tunnel(pass, `127.0.0.1:${server.port}`)
    await started.close()
    await once(
      socket.on('error', () => {}),
      'close',
    )
  })

  it('are refused to others, to private addresses, and where the authority is nonsense', async () => {
    const server = await startWebServer(null)
    const { pass } = await egress()
    expect((await tunnel(pass, `127.0.0.1:${server.port}`)).status).toBe('403')
    const { pass: strict } = await egress({ rules: new AddressRules() }, true)
    expect((await tunnel(strict, `127.0.0.1:${server.port}`)).status).toBe('403')
    expect(strict.failure).toMatchObject({ code: 'address_refused' })
    expect((await tunnel(strict, 'nonsense')).status).toBe('400')
  })
})
