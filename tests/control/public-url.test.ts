import { describe, expect, it } from 'vitest'
import { type ControlConfig, readControlConfig } from '#control/config.ts'
import { publicUrl } from '#control/public-url.ts'

const request = (url: string, headers: Record<string, string> = {}) => new Request(url, { headers })

describe('where control is reached from outside', () => {
  const config: ControlConfig = readControlConfig({})

  it('is where the request went to', () => {
    expect(publicUrl(config, request('http://weir.example:8787/v1/live-streams?a#b'))).toBe('http://weir.example:8787')
  })

  it('is https behind a proxy that ends TLS and says so', () => {
    const proxied = request('http://weir.example/', { 'x-forwarded-proto': 'https, http' })
    expect(publicUrl(config, proxied)).toBe('https://weir.example')
  })

  it('is what the operator says, if he says it', () => {
    const configured = readControlConfig({ WEIR_PUBLIC_URL: 'https://live.example/' })
    expect(publicUrl(configured, request('http://10.0.0.7:8787/'))).toBe('https://live.example')
  })

  it.each([
    ['WEIR_PUBLIC_URL', 'https://live.example/weir'],
    ['WEIR_PUBLIC_URL', 'live.example'],
    ['WEIR_INGEST_SRT_URL', 'srt://live.example'],
    ['WEIR_INGEST_SRT_URL', 'srt://live.example:8890?passphrase=x'],
  ] as const)('an impossible %s (%s) is refused by name at start', (name, value) => {
    expect(() => readControlConfig({ [name]: value })).toThrow(name)
  })
})
