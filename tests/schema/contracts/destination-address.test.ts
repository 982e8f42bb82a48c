import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { caPem, destinationUrl, splitSrtAddress } from '#schema/contracts/destination-address.ts'

describe('destinationUrl', () => {
  it.each([
    'rtmp://host/app',
    'rtmps://host:443/app?token=1',
    'srt://host:9000',
    'srt://[::1]:9000?latency=200',
    'srt://host:9000?mode=caller&latency=80',
    'srt://host:8890?streamid=publish:key&passphrase=long-enough',
  ])('takes %s', (url) => {
    expect(v.is(destinationUrl, url)).toBe(true)
  })

  it.each([
    ['http://host/', 'Use an address like'],
    ['srt://host', 'needs its port'],
    ['srt://host:9000?mode=listener', 'Of an srt:// address'],
    ['srt://host:9000?passphrase=hunter2', '10 to 79 characters'],
    ['srt://host:9000?maxbw=5', 'Of an srt:// address'],
    ['srt://host:9000/path', 'Of an srt:// address'],
    ['srt://user:hunter2@host:9000', 'Leave user'],
    ['rtmp://user:hunter2@host/app', 'Leave user'],
  ])('refuses %s', (url, words) => {
    const { issues } = v.safeParse(destinationUrl, url)
    expect(issues?.[0].message).toContain(words)
    expect(JSON.stringify(issues?.map(({ message }) => message))).not.toContain('hunter2')
  })
})

describe('splitSrtAddress', () => {
  const whole = 'srt://host:8890?streamid=publish:key&passphrase=long-enough&latency=200&mode=caller'

  it('takes stream id and passphrase out of a whole address', () => {
    expect(splitSrtAddress({ url: whole })).toEqual({
      url: 'srt://host:8890?latency=200',
      stream_key: 'publish:key',
      srt_passphrase: 'long-enough',
    })
  })

  it('lets go before them what is given', () => {
    const given = { url: whole, stream_key: 'mine', srt_passphrase: 'mine as well' }
    expect(splitSrtAddress(given)).toEqual({ ...given, url: 'srt://host:8890?latency=200' })
    expect(splitSrtAddress({ url: whole, stream_key: null, srt_passphrase: null })).toMatchObject({
      stream_key: 'publish:key',
      srt_passphrase: 'long-enough',
    })
  })

  it('leaves other addresses alone', () => {
    const rtmp = { url: 'rtmp://host/app?streamid=1', stream_key: 'k' }
    expect(splitSrtAddress(rtmp)).toBe(rtmp)
    expect(splitSrtAddress({ url: 'srt://[::1]:9000' })).toEqual({ url: 'srt://[::1]:9000' })
  })
})

describe('caPem', () => {
  const begin = '-----BEGIN CERTIFICATE-----'
  const end = '-----END CERTIFICATE-----'

  it('takes certificates with what tools write around them, and nothing else', () => {
    expect(v.is(caPem, `subject=x\n${begin}\nMIIB\n${end}\n`)).toBe(true)
    for (const text of ['', 'MIIB', begin, `${end}\nMIIB\n${begin}`]) expect(v.is(caPem, text)).toBe(false)
  })

  it('takes no long time for thousands of beginnings without an end', () => {
    const text = begin.repeat(2_427)
    const before = performance.now()
    for (let times = 0; times < 15; times++) expect(v.is(caPem, text)).toBe(false)
    expect(performance.now() - before).toBeLessThan(6_000)
  })
})
