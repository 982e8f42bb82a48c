import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AddressRules } from '#schema/address-rules.ts'
import { selfSigned } from '#tests/support/self-signed.ts'
import { startWebServer } from '#tests/support/web-server.ts'
import { dial } from '#worker/ingest/egress/dial.ts'

let server: Server
let port: number
let connections: number
beforeEach(async () => {
  connections = 0
  server = createServer((socket) => {
    connections++
    socket.on('error', () => {}).end('hello')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(() => void server.close())

const strict = new AddressRules()
const loopback = new AddressRules(['127.0.0.0/8'])

describe('dialling', () => {
  it('connects to what is allowed', async () => {
    const socket = await dial({ host: '127.0.0.1', port, tls: false }, { rules: loopback })
    expect(String((await once(socket, 'data'))[0])).toBe('hello')
    socket.destroy()
  })

  it.each(['127.0.0.1', '[::ffff:127.0.0.1]', 'localhost', '0x7f000001', '2130706433', '127.1', '[::1]'])(
    'refuses %s before it connects, with the range and what to do',
    async (host) => {
      await expect(dial({ host, port, tls: false }, { rules: strict })).rejects.toMatchObject({
        code: 'address_refused',
        message: expect.stringMatching(/^The address leads to this machine itself \((127.0.0.0\/8|::1\/128)\)\.$/),
        fix: expect.stringMatching(/add (127\.0\.0\.0\/8|::1\/128) .* to WEIR_PULL_ALLOW/),
      })
      expect(connections).toBe(0)
    },
  )

  it('refuses a public name that resolves to a private address', async () => {
    const lookup = async () => ['10.0.0.1']
    await expect(dial({ host: 'tv.example', port, tls: false }, { rules: strict, lookup })).rejects.toThrow(
      'The address leads into a private network (10.0.0.0/8).',
    )
  })

  it('resolves a name once, so that a second answer can lead nowhere else', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    let asked = 0
    const lookup = async () => answers[asked++] ?? []
    const socket = await dial({ host: 'rebinding.example', port, tls: false }, { rules: loopback, lookup })
    expect(asked).toBe(1)
    expect(socket.remoteAddress).toBe('127.0.0.1')
    socket.destroy()
  })

  it('passes over the refused addresses of a name that has others', async () => {
    const lookup = async () => ['10.0.0.1', '127.0.0.1']
    const socket = await dial({ host: 'both.example', port, tls: false }, { rules: loopback, lookup })
    expect(socket.remoteAddress).toBe('127.0.0.1')
    socket.destroy()
  })

  it.each([22, 25, 0, 65_536])('refuses port %d', async (wrong) => {
    await expect(dial({ host: '127.0.0.1', port: wrong, tls: false }, { rules: loopback })).rejects.toMatchObject({
      code: 'port_refused',
    })
  })

  it('says in words that nothing listens, and that there is no such name', async () => {
    server.close()
    const closed = dial({ host: '127.0.0.1', port, tls: false }, { rules: loopback })
    await expect(closed).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('127.0.0.1') })
    const nobody = dial({ host: 'nobody.invalid', port, tls: false }, { rules: loopback })
    await expect(nobody).rejects.toMatchObject({ code: 'name_not_found' })
  })
})

describe('dialling with TLS', () => {
  it('wants a certificate that somebody known has signed, for the name that was asked for', async () => {
    const tls = await selfSigned()
    const secure = await startWebServer(null, {}, { tls })
    const to = (host: string) => ({ host, port: secure.port, tls: true })
    const lookup = async () => ['127.0.0.1']
    await expect(dial(to('localhost'), { rules: loopback })).rejects.toMatchObject({ code: 'tls_failed' })
    const trusting = { rules: loopback, ca: tls.cert, lookup }
    await expect(dial(to('other.example'), trusting)).rejects.toThrow('The certificate of other.example is for another')
    for (const host of ['localhost', '127.0.0.1']) (await dial(to(host), trusting)).destroy()
  })

  it('says that a server does not speak it', async () => {
    const failed = dial({ host: '127.0.0.1', port, tls: true }, { rules: loopback })
    await expect(failed).rejects.toMatchObject({ code: 'tls_failed' })
  })
})
