import { describe, expect, it } from 'vitest'
import { playbackName, renewalDelayMs, withNameIn } from '#player/playback-token.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const tokenFor = (payload: object) => `e30.${btoa(JSON.stringify(payload)).replaceAll('=', '')}.sig`
const endsIn = (seconds: number) => `pb_1~${tokenFor({ exp: nowMs / 1000 + seconds, name: '>>>???' })}`

describe('the token of signed playback', () => {
  it('stands behind the playback id, in the place of one that stood there', () => {
    expect(playbackName('pb_1', null)).toBe('pb_1')
    expect(playbackName('pb_1', 'new')).toBe('pb_1~new')
    expect(playbackName('pb_1~old', 'new')).toBe('pb_1~new')
    expect(playbackName('pb_1~old', '')).toBe('pb_1~old')
  })

  it.each([
    ['https://weir/live/pb_1~old/720p.m3u8?_HLS_msn=2', 'https://weir/live/pb_1~new/720p.m3u8?_HLS_msn=2'],
    ['https://weir/live/pb_1/e/720p/init.mp4', 'https://weir/live/pb_1~new/e/720p/init.mp4'],
    ['https://cdn.example/other/x.mp4', 'https://cdn.example/other/x.mp4'],
  ])('comes into %s', (url, expected) => {
    expect(withNameIn(url, 'pb_1~new')).toBe(expected)
    expect(withNameIn(url, 'pb_1')).toBe(url)
  })

  it('is asked for a minute before the old one ends, of a short one when half of it is over', () => {
    expect(renewalDelayMs(endsIn(3600), nowMs)).toBe(3_540_000)
    expect(renewalDelayMs(endsIn(60), nowMs)).toBe(30_000)
    expect(renewalDelayMs(endsIn(-5), nowMs)).toBe(0)
  })

  it.each(['pb_1', 'pb_1~x', 'pb_1~a.b.c', `pb_1~${tokenFor({})}`])('tells no end in %s', (name) => {
    expect(renewalDelayMs(name, nowMs)).toBeNull()
  })
})
