import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { clientAddress, networkOf } from '#control/client-address.ts'
import { readControlConfig } from '#control/config.ts'
import type { Environment } from '#schema/environment.ts'

async function addressOf(
  headers: Record<string, string>,
  environment: Environment,
  remoteAddress?: string,
  cf?: { readonly cf: object },
) {
  const config = readControlConfig(environment)
  const app = new Hono().get('/', (c) => c.text(clientAddress(c, config)))
  const bindings = remoteAddress === undefined ? {} : { incoming: { socket: { remoteAddress } } }
  return (await app.request(Object.assign(new Request('http://weir/', { headers }), cf), undefined, bindings)).text()
}

const forged = { 'x-forwarded-for': '1.1.1.1', 'cf-connecting-ip': '2.2.2.2' }

it('is the other end of the connection, whatever headers say', async () => {
  expect(await addressOf(forged, {}, '10.0.0.7')).toBe('10.0.0.7')
})

it('is what the trusted proxy added last to its header', async () => {
  const headers = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9' }
  expect(await addressOf(headers, { WEIR_TRUSTED_PROXY: 'X-Forwarded-For' }, '10.0.0.7')).toBe('203.0.113.9')
})

it('is what Cloudflare says, and nobody else, where there is no connection of ours', async () => {
  expect(await addressOf(forged, {}, undefined, { cf: { colo: 'ZRH' } })).toBe('2.2.2.2')
  expect(await addressOf(forged, {})).toBe('unknown')
})

it.each([
  ['192.0.2.4', '192.0.2.4'],
  ['::ffff:192.0.2.4', '192.0.2.4'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2'],
  ['2001:DB8:1:2::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['unknown', 'unknown'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

it.each([
  { WEIR_TRUSTED_PROXY: 'two words' },
  { WEIR_CORS_ORIGINS: 'https://a.example/path' },
  { WEIR_CORS_ORIGINS: 'a.example' },
  { WEIR_RATE_LIMIT: 'many' },
])('%o is refused at start', (environment) => {
  expect(() => readControlConfig(environment)).toThrow(Object.keys(environment)[0])
})
