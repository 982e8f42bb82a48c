import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type LookupAll, webhookPosts } from '#control/node/webhook-posts.ts'
import { AddressRules } from '#schema/address-rules.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts'

let receiver: WebhookReceiver
let port: number
beforeAll(async () => {
  receiver = await startWebhookReceiver()
  port = Number(new URL(receiver.url).port)
})
afterAll(() => receiver.stop())

const opened: { close(): void }[] = []
afterEach(() => {
  for (const posts of opened.splice(0)) posts.close()
})

const loopback = new AddressRules(['127.0.0.0/8'])
const nothing = new AddressRules()

/** A resolver that knows these addresses for every name, and counts how often it was asked. */
function resolver(...lists: string[][]): LookupAll & { asked: number } {
  const lookup = Object.assign(
    (_: string, done: Parameters<LookupAll>[1]) => {
      const addresses = lists[Math.min(lookup.asked++, lists.length - 1)] ?? []
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    },
    { asked: 0 },
  )
  return lookup
}

function send(url: string, rules: AddressRules, lookup?: LookupAll, withinMs = 10_000) {
  const posts = webhookPosts(rules, lookup)
  opened.push(posts)
  return posts.post({ url: new URL(url), headers: { 'content-type': 'application/json' }, body: '{}', withinMs })
}

describe('a name', () => {
  it('is connected to at an address that is allowed, and that very one', async () => {
    // What a resolver says a second time is never asked for: there is no time between the look and the connection.
    const lookup = resolver(['127.0.0.1'], ['10.0.0.1'])
    expect(await send(`http://hooks.example:${port}/a`, loopback, lookup)).toMatchObject({ status: 204 })
    expect(lookup.asked).toBe(1)
    expect(receiver.received.at(-1)?.headers.host).toBe(`hooks.example:${port}`)
  })

  it('that also leads inside is connected to at its other addresses only', async () => {
    const lookup = resolver(['10.0.0.1', '127.0.0.1', '169.254.169.254'])
    expect(await send(`http://hooks.example:${port}/`, loopback, lookup)).toMatchObject({ status: 204 })
  })

  it.each([
    [['127.0.0.1'], 'to this machine itself'],
    [['::ffff:10.1.1.1'], 'into a private network'],
    [['169.254.169.254'], 'metadata service'],
    [[], 'no machine by the name'],
  ])('that leads to %s is refused', async (addresses, words) => {
    const before = receiver.received.length
    await expect(send(`https://hooks.example:${port}/`, nothing, resolver(addresses))).rejects.toThrow(words)
    expect(receiver.received).toHaveLength(before)
  })

  it('over http is only connected to where a network was allowed', async () => {
    await expect(send('http://hooks.example/', nothing, resolver(['8.8.8.8']))).rejects.toThrow('Use https://')
  })
})

it.each([
  'http://127.0.0.1:1/',
  'https://[::1]/',
  'https://0x7f.1/',
  'https://2130706433/',
  'https://[::ffff:7f00:1]/',
])('the address in %s is refused without being connected to', async (url) => {
  await expect(send(url, nothing)).rejects.toThrow('this machine')
})

it('follows no redirect, and keeps the first KiB of an answer', async () => {
  receiver.answer(({ path }) =>
    path === '/away' ? { status: 307, headers: { location: '/home' } } : { status: 200, body: 'ä'.repeat(40_000) },
  )
  const before = receiver.received.length
  expect(await send(`${receiver.url}/away`, loopback)).toMatchObject({ status: 307 })
  expect(receiver.received.slice(before).map(({ path }) => path)).toEqual(['/away'])
  const { body } = await send(`${receiver.url}/long`, loopback)
  expect(body).toBe('ä'.repeat(512))
})

it('reads for how long it is asked to wait', async () => {
  receiver.answer(() => ({ status: 429, headers: { 'retry-after': '7' } }))
  expect(await send(receiver.url, loopback)).toMatchObject({ status: 429, retryAfterMs: 7_000 })
})

it('gives up what does not answer in time, and says who does not listen', async () => {
  receiver.answer(() => null)
  await expect(send(receiver.url, loopback, undefined, 100)).rejects.toThrow('did not answer within 0.1 s')
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const free = (closed.address() as AddressInfo).port
  await new Promise((resolve) => closed.close(resolve))
  await expect(send(`http://127.0.0.1:${free}/`, loopback)).rejects.toThrow(`takes no connection at port ${free}`)
  await expect(send(`https://127.0.0.1:${port}/`, loopback)).rejects.toThrow('TLS')
})
