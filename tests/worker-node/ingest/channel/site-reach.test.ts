import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '#tests/support/tcp-tap.ts'
import { startTlsInterceptor, type TlsInterceptor } from '#tests/support/tls-interceptor.ts'
import { canReachSite } from '#worker/ingest/channel/site-reach.ts'

let proxy: TlsInterceptor
beforeAll(async () => {
  proxy = await startTlsInterceptor(['www.twitch.tv'], (_, response) => response.end())
})
afterAll(() => proxy.close())

const canReach = (address: string, environment: NodeJS.ProcessEnv, signal = new AbortController().signal) =>
  canReachSite(address, environment, signal)

describe('whether a site can be reached', () => {
  it('through a proxy that connects', async () => {
    expect(await canReach('https://www.twitch.tv/teacher', proxy.environment)).toBe(true)
  })

  it('through a proxy that refuses', async () => {
    expect(await canReach('https://www.example.org/', proxy.environment)).toBe(false)
  })

  it('through a proxy that is gone', async () => {
    expect(await canReach('https://www.twitch.tv/', { HTTPS_PROXY: 'http://127.0.0.1:1' })).toBe(false)
  })

  it('without a proxy, and past one that the site is spared from', async () => {
    const server = createServer((socket) => socket.destroy())
    const address = `https://localhost:${await listen(server)}/`
    expect(await canReach(address, {})).toBe(true)
    const spared = { https_proxy: 'http://127.0.0.1:1', no_proxy: 'example.org, localhost' }
    expect(await canReach(address, spared)).toBe(true)
    await new Promise((resolve) => server.close(resolve))
    expect(await canReach(address, {})).toBe(false)
  })

  it('is no longer asked once nobody wants to know', async () => {
    const mute = createServer()
    const asked = new Promise((resolve) => mute.once('connection', resolve))
    const http_proxy = `http://127.0.0.1:${await listen(mute)}`
    const abort = new AbortController()
    const answer = canReach('http://www.example.org/', { http_proxy }, abort.signal)
    await asked
    const sinceMs = performance.now()
    abort.abort()
    expect(await answer).toBe(false)
    expect(performance.now() - sinceMs).toBeLessThan(10_000)
    await new Promise((resolve) => mute.close(resolve))
  })

  it('whose name nobody knows', async () => {
    expect(await canReach('https://no-such-site.invalid/', {})).toBe(false)
  })
})
