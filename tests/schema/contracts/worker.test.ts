import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { heartbeatRequest, joinRequest, workerCapacity } from '#schema/contracts/worker.ts'

describe.each([
  ['a join', joinRequest.entries],
  ['a heartbeat', heartbeatRequest.entries],
])("the worker's addresses in %s", (_, entries) => {
  it.each(['http://10.0.0.7:8788', 'https://worker.example', 'http://[::1]:8788/'])('may be %s', (url) => {
    expect(v.is(entries.origin_url, url)).toBe(true)
  })

  it.each([
    'file:///etc/passwd',
    'gopher://h:70',
    'http://user:password@h',
    'http://h/admin',
    'http://h/?',
    'http://h/?path=',
    'http://h/#',
    'not an address',
  ])('may not be %s: control asks there for media only', (url) => {
    expect(v.is(entries.origin_url, url)).toBe(false)
  })

  it.each([
    ['rtmp://h:1935/live', true],
    ['rtmps://h/live', true],
    ['http://h/live', false],
    ['rtmp://user:password@h/live', false],
    ['javascript:alert(1)', false],
  ])('for encoders: %s, %s', (url, allowed) => {
    expect(v.is(entries.rtmp_url, url)).toBe(allowed)
  })
})

describe("a worker's capacity", () => {
  const old = { encode_units: 2.1, cpu_cores: 2, ffmpeg_version: '5.1.9' }

  it('names its encoders, which older workers do not', () => {
    expect(v.is(workerCapacity, old)).toBe(true)
    const encoders = [
      { name: 'h264_nvenc', encode_units: 24.5 },
      { name: 'software', encode_units: 2.1 },
    ]
    expect(v.is(workerCapacity, { ...old, encoders })).toBe(true)
    expect(v.is(workerCapacity, { ...old, encoders: [{ name: 'h264_magic', encode_units: 1 }] })).toBe(false)
  })
})
