import { describe, expect, it } from 'vitest'
import { parseTarget, targetOf } from '#worker/fanout/target.ts'

describe('parseTarget', () => {
  it.each([
    ['rtmp://a.rtmp.youtube.com/live2', 'a.rtmp.youtube.com', 1935, 'live2', 'rtmp://a.rtmp.youtube.com/live2'],
    [
      'rtmps://live-api-s.facebook.com:443/rtmp/',
      'live-api-s.facebook.com',
      443,
      'rtmp',
      'rtmps://live-api-s.facebook.com:443/rtmp',
    ],
    ['rtmps://x.live-video.net/app', 'x.live-video.net', 443, 'app', 'rtmps://x.live-video.net/app'],
    ['rtmp://h:1936/app/inst?token=a', 'h', 1936, 'app/inst?token=a', 'rtmp://h:1936/app/inst?token=a'],
    ['rtmp://[::1]:1936/live', '::1', 1936, 'live', 'rtmp://[::1]:1936/live'],
    ['rtmp://h', 'h', 1935, '', 'rtmp://h/'],
  ])('reads %s', (url, host, port, app, tcUrl) => {
    expect(parseTarget(url, 'k')).toMatchObject({ host, port, app, tcUrl, secure: url.startsWith('rtmps') })
  })

  it('keeps the query string of a stream key', () => {
    expect(parseTarget('rtmp://h/app', ' live_1?backup=1&x=y ').streamName).toBe('live_1?backup=1&x=y')
  })

  it('names the place without the path, where tokens may be', () => {
    expect(parseTarget('rtmp://h/app?token=secret', 'k').address).toBe('h:1935')
  })

  it.each(['http://h/app', 'rtmp:///app', 'nonsense'])('refuses %s', (url) => {
    expect(() => parseTarget(url, 'k')).toThrow(TypeError)
  })
})

describe('targetOf', () => {
  it.each([
    ['srt://h:9000', 'h', 120],
    ['srt://[::1]:9000?latency=300', '::1', 300],
    ['srt://h:9000?latency=250000', 'h', 250],
    ['srt://h:9000?latency=1', 'h', 20],
    ['srt://h:9000?latency=9000', 'h', 8_000],
  ])('reads %s', (url, host, latencyMs) => {
    const target = targetOf({ url, streamKey: ' publish:k ', srtPassphrase: 'long enough' })
    const rest = { port: 9000, streamName: 'publish:k', passphrase: 'long enough' }
    expect(target).toMatchObject({ protocol: 'srt', host, latencyMs, ...rest })
  })

  it('takes RTMP and nothing else beside', () => {
    expect(targetOf({ url: 'rtmps://h/app', streamKey: 'k' })).toMatchObject({ protocol: 'rtmp', secure: true })
    for (const url of ['srt://h', 'http://h/']) expect(() => targetOf({ url, streamKey: '' })).toThrow(TypeError)
  })
})
