import { describe, expect, it } from 'vitest'
import {
  canHandleArguments,
  channelAddress,
  configText,
  describeArguments,
  watchArguments,
} from '#worker/ingest/channel/streamlink-arguments.ts'

const call = {
  version: '5.2.1',
  url: 'https://www.twitch.tv/teacher',
  configPath: '/work/weir.conf',
  ffmpegPath: '/usr/bin/ffmpeg',
}

describe('the address of a channel', () => {
  it.each([
    ['https://www.twitch.tv/teacher', 'https://www.twitch.tv/teacher'],
    ['http://twitch.tv/a b?x=1#y', 'http://twitch.tv/a%20b?x=1#y'],
    ['HTTPS://Kick.com/name', 'https://kick.com/name'],
  ])('%s is taken', (text, expected) => {
    expect(channelAddress(text)).toBe(expected)
  })

  it.each([
    '--player=sh',
    '@/etc/passwd',
    'twitch.tv/teacher',
    'file:///etc/passwd',
    'hls://example.org/x.m3u8',
    'rtmp://example.org/live',
    'https://user:password@www.twitch.tv/teacher',
    'https://localhost/x',
    'http://127.0.0.1/x.m3u8',
    'http://2130706433/x',
    'http://0x7f.1/x',
    'http://[::1]/x',
    'http://[::ffff:10.0.0.1]/x',
    '',
  ])('%s is not', (text) => {
    expect(channelAddress(text)).toBeNull()
  })
})

describe('the arguments of streamlink', () => {
  it('end with the address and the qualities, after which no option can follow', () => {
    const args = watchArguments(call, '720p60,480p', 20)
    expect(args.slice(-3)).toEqual(['--', call.url, '720p60,480p,best'])
    expect(describeArguments(call).slice(-2)).toEqual(['--', call.url])
    expect(canHandleArguments(call.url)).toEqual([`--can-handle-url-no-redirect=${call.url}`])
  })

  it('ask for the best as a last resort, once', () => {
    expect(watchArguments(call, 'Best', 20).at(-1)).toBe('best')
    expect(watchArguments(call, 'audio_only', 20).at(-1)).toBe('audio_only,best')
  })

  it('leave ads out and read no configuration but ours', () => {
    const args = watchArguments(call, 'best', 20)
    expect(args).toContain('--twitch-disable-ads')
    expect(args.slice(0, 2)).toEqual(['--config', call.configPath])
    expect(describeArguments(call).slice(0, 2)).toEqual(['--config', call.configPath])
  })
})

describe('a browser', () => {
  it.each(['6.0.0', '8.6.3'])('is not started by streamlink %s, which could', (version) => {
    const browser = (args: string[]) => args[args.indexOf('--webbrowser') + 1]
    expect(browser(watchArguments({ ...call, version }, 'best', 20))).toBe('no')
    expect(browser(describeArguments({ ...call, version }))).toBe('no')
  })

  it('is unknown to streamlink 5', () => {
    expect(watchArguments(call, 'best', 20)).not.toContain('--webbrowser')
  })
})

describe('the configuration file', () => {
  it('holds the token and nothing else', () => {
    expect(configText('abc123')).toBe('twitch-api-header=Authorization=OAuth abc123\n')
    expect(configText(null)).toBe('')
  })

  it.each(['a\nplayer=sh', 'a b', '', 'ä'])('refuses the token %j, without repeating it', (token) => {
    expect(() => configText(token)).toThrow('The OAuth token has characters that no such token has.')
  })
})
