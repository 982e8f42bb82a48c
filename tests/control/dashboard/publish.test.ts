import { describe, expect, it } from 'vitest'
import { captureWords } from '#control/dashboard/publish/capture.ts'
import { durationWords, figureWords, limitWords } from '#control/dashboard/publish/figures.ts'
import { downscale, qualities } from '#control/dashboard/publish/quality.ts'
import { forgetTarget, readTarget, takeTarget, writeTarget } from '#control/dashboard/publish/target.ts'
import { iceServersOf, withStartBitrate } from '#control/dashboard/publish/whip-signalling.ts'
import { iceServerLinks } from '#worker/ingest/whip/ice-servers.ts'

const target = { streamId: 'ls_1', key: 'the-key', inputId: null, name: null, playbackId: null }

/** An address bar, a history and a tab's storage. */
function tab(hash: string, kept: Record<string, string> = {}) {
  const location = { hash, pathname: '/publish' } as Location
  const shown = { address: `/publish${hash}` }
  const history = {
    replaceState: (_state: unknown, _title: string, address: string) => {
      shown.address = address
    },
  } as unknown as History
  const storage = {
    getItem: (name: string) => kept[name] ?? null,
    setItem: (name: string, value: string) => {
      kept[name] = value
    },
    removeItem: (name: string) => {
      delete kept[name]
    },
  } as unknown as Storage
  return { take: () => takeTarget(location, history, storage), shown, storage, kept }
}

describe('where the studio publishes to', () => {
  it('stands behind the # of the address, and leaves the address bar at once', () => {
    const { take, shown } = tab('#stream=ls_1&key=the-key')
    expect(take()).toEqual(target)
    expect(shown.address).toBe('/publish')
  })

  it('is kept for the tab, until it is forgotten', () => {
    const kept: Record<string, string> = {}
    const whole = { ...target, inputId: 'in_2', name: 'Maths & more', playbackId: 'pb_3' }
    tab(`#${writeTarget(whole)}`, kept).take()
    const again = tab('', kept)
    expect(again.take()).toEqual(whole)
    forgetTarget(again.storage)
    expect(again.take()).toBeUndefined()
  })

  it('leaves out what could lead elsewhere', () => {
    const fields = new URLSearchParams({
      stream: 'ls_1',
      key: 'the-key',
      input: '../x',
      watch: '//evil.example',
      name: ' ',
    })
    expect(readTarget(fields)).toEqual(target)
  })

  it.each([
    'stream=ls_1',
    'key=k',
    'stream=../x&key=k',
    'stream=ls_1&key=with blank',
    `stream=ls_1&key=${'k'.repeat(300)}`,
  ])('is none: %s', (fields) => expect(readTarget(new URLSearchParams(fields))).toBeUndefined())
})

describe('what the worker answers', () => {
  it('names ICE servers as the worker writes them', () => {
    const servers = [
      { urls: ['stun:stun.example.net:3478'] },
      { urls: ['turn:turn.example.net?transport=udp'], username: 'a "b", c', credential: 'p\\;q' },
    ]
    expect(iceServersOf(iceServerLinks(servers).join(', '))).toEqual([
      { urls: 'stun:stun.example.net:3478' },
      { urls: 'turn:turn.example.net?transport=udp', username: 'a "b", c', credential: 'p\\;q' },
    ])
  })

  it('may hold other links, or none', () => {
    expect(iceServersOf('<https://x/>; rel="next", <stun:a:1>; rel="help"')).toEqual([])
    expect(iceServersOf(null)).toEqual([])
  })

  it('gets a hint to begin with more than 300 kbit/s, in the picture alone', () => {
    const sound = 'm=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 stereo=1\r\n'
    const quality = qualities[1] as (typeof qualities)[0]
    const h264 = `v=0\r\n${sound}m=video 9 X 102\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\n`
    expect(withStartBitrate(h264, quality)).toBe(
      h264.replace('mode=1', 'mode=1;x-google-start-bitrate=1500;x-google-max-bitrate=2500'),
    )
    const vp8 = `v=0\r\n${sound}m=video 9 X 96\r\na=rtpmap:96 VP8/90000\r\n`
    expect(withStartBitrate(vp8, quality)).toBe(
      vp8.replace('VP8/90000\r\n', 'VP8/90000\r\na=fmtp:96 x-google-start-bitrate=1500;x-google-max-bitrate=2500\r\n'),
    )
    expect(withStartBitrate(sound, quality)).toBe(sound)
  })
})

describe('the words of the studio', () => {
  it.each([
    ['camera', 'NotAllowedError', /Allow it/],
    ['screen', 'NotAllowedError', /Nothing was shared/],
    ['microphone', 'NotFoundError', /no microphone/],
    ['camera', 'NotReadableError', /Another program/],
    ['camera', 'Whatever', /Reload/],
  ] as const)('say what to do about the %s after a %s', (wanted, name, words) => {
    expect(captureWords(wanted, name)).toMatch(words)
  })

  it('say what is sent, for how long, and what hinders', () => {
    const sent = { width: 1280, height: 720, framesPerSecond: 30, kbps: 2_430, limitedBy: 'none' } as const
    expect(figureWords(sent)).toBe('1280 × 720 · 30 frames/s · 2.4 Mbit/s')
    expect(figureWords({ ...sent, width: 0, kbps: 96.4 })).toBe('96 kbit/s')
    expect(figureWords({ ...sent, framesPerSecond: 0, kbps: 96.4 })).toBe('96 kbit/s')
    expect([limitWords(sent), limitWords({ ...sent, limitedBy: 'bandwidth' })]).toEqual([
      null,
      expect.stringContaining('upload'),
    ])
    expect([durationWords(9_999), durationWords(3_723_000)]).toEqual(['0:09', '1:02:03'])
  })
})

it('sends no more lines than were chosen, and never makes a small picture larger', () => {
  const [, normal] = qualities
  if (!normal) throw new Error('no quality')
  expect([downscale(normal, 1_440), downscale(normal, 480), downscale(normal, undefined)]).toEqual([2, 1, 1])
})
