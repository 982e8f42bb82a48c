import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { destinationUrl } from '#schema/contracts/destination-address.ts'

describe('destinationUrl', () => {
  it.each([
    'rtmp://host/app',
    'rtmps://host:443/app?token=1',
    'srt://host:9000',
    'srt://[::1]:9000?latency=200',
    'srt://host:9000?mode=caller&latency=80',
  ])('takes %s', (url) => {
    expect(v.is(destinationUrl, url)).toBe(true)
  })

  it.each([
    ['http://host/', 'Use an address like'],
    ['srt://host', 'needs its port'],
    ['srt://host:9000?mode=listener', 'Of an srt:// address'],
    ['srt://host:9000?streamid=k&passphrase=hunter2', 'goes into stream_key'],
    ['srt://host:9000/path', 'Of an srt:// address'],
    ['srt://user:hunter2@host:9000', 'Leave user'],
    ['rtmp://user:hunter2@host/app', 'Leave user'],
  ])('refuses %s', (url, words) => {
    const { issues } = v.safeParse(destinationUrl, url)
    expect(issues?.[0].message).toContain(words)
    expect(JSON.stringify(issues?.map(({ message }) => message))).not.toContain("hunter2")
  })
})
