import { describe, expect, it } from 'vitest'
import type { Environment } from '#schema/environment.ts'
import { readWhipConfig } from '#worker/whip-config.ts'

const read = (environment: Environment, host = '127.0.0.1') => readWhipConfig(environment, host)

describe("the worker's environment for WebRTC", () => {
  it('has a default for everything: the address that it listens on, a hundred ports, no servers', () => {
    expect(read({})).toEqual({ publicAddresses: ['127.0.0.1'], ports: [8900, 8999], iceServers: [] })
    expect(read({}, '10.1.2.3').publicAddresses).toEqual(['10.1.2.3'])
  })

  it('names addresses of this machine where it listens on all', () => {
    const { publicAddresses } = read({}, '0.0.0.0')
    expect(publicAddresses.length).toBeGreaterThan(0)
    expect(publicAddresses).not.toContain('0.0.0.0')
  })

  it('takes several public addresses, best first', () => {
    const { publicAddresses } = read({ WEIR_WHIP_PUBLIC_ADDRESS: '203.0.113.7, 2001:db8::7' })
    expect(publicAddresses).toEqual(['203.0.113.7', '2001:db8::7'])
  })

  it('takes one port, a range, or the choice of the system', () => {
    expect(read({ WEIR_WHIP_PORTS: '8901' }).ports).toEqual([8901, 8901])
    expect(read({ WEIR_WHIP_PORTS: '9000-9010' }).ports).toEqual([9000, 9010])
    expect(read({ WEIR_WHIP_PORTS: '0' }).ports).toEqual([0, 0])
  })

  it('takes ICE servers as a list', () => {
    const list = 'stun:stun.example.net:3478 turn:ann:s3:cret@turn.example.net:3478?transport=udp'
    expect(read({ WEIR_ICE_SERVERS: list }).iceServers).toEqual([
      { urls: ['stun:stun.example.net:3478'] },
      { urls: ['turn:turn.example.net:3478?transport=udp'], username: 'ann', credential: 's3:cret' },
    ])
  })

  it('takes ICE servers as JSON, as browsers write them', () => {
    const json = JSON.stringify([
      { urls: 'stun:[2001:db8::1]:3478' },
      { urls: ['turns:turn.example.net:5349'], username: 'u', credential: 'p "q"' },
    ])
    expect(read({ WEIR_ICE_SERVERS: json }).iceServers).toEqual([
      { urls: ['stun:[2001:db8::1]:3478'] },
      { urls: ['turns:turn.example.net:5349'], username: 'u', credential: 'p "q"' },
    ])
  })

  it.each([
    ['WEIR_WHIP_PORTS', '9000-8000', /WEIR_WHIP_PORTS.*range/],
    ['WEIR_WHIP_PORTS', 'all', /WEIR_WHIP_PORTS.*range/],
    ['WEIR_WHIP_PORTS', '1-70000', /WEIR_WHIP_PORTS.*range/],
    ['WEIR_WHIP_PUBLIC_ADDRESS', 'media.example.com', /WEIR_WHIP_PUBLIC_ADDRESS.*IP addresses/],
    ['WEIR_ICE_SERVERS', 'https://stun.example.net', /WEIR_ICE_SERVERS/],
    ['WEIR_ICE_SERVERS', '[{"urls":"turn:a:1","password":"hush"}]', /WEIR_ICE_SERVERS/],
    ['WEIR_ICE_SERVERS', '[not json', /WEIR_ICE_SERVERS/],
    ['WEIR_ICE_SERVERS', 'turn:a:1>;rel="x"', /WEIR_ICE_SERVERS/],
  ])('refuses %s=%s in words', (name, value, words) => {
    expect(() => read({ [name]: value })).toThrow(words)
  })

  it('never repeats a password', () => {
    expect(() => read({ WEIR_ICE_SERVERS: 'turn:ann:hush@bad host' })).toThrow(/^(?!.*hush)/)
  })
})
