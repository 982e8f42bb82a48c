import { describe, expect, it } from 'vitest'
import { cacheSeconds, readMediaAddress } from '#control/delivery/media-cache.ts'

const answer = (cacheControl: string, { status = 200, length = '10' as string | null } = {}) =>
  new Response(status === 304 ? null : 'x', {
    status,
    headers: { 'cache-control': cacheControl, ...(length !== null && { 'content-length': length }) },
  })

describe('what may be kept', () => {
  it.each([
    ['public, max-age=6', 6],
    ['max-age=1, s-maxage=9', 9],
    ['no-store', 0],
    ['private, max-age=5', 0],
    ['no-cache', 0],
    ['', 0],
    ['max-age=0', 0],
  ])('of “%s” is %i seconds', (cacheControl, seconds) => {
    expect(cacheSeconds(answer(cacheControl))).toBe(seconds)
  })

  it('is nothing of unknown length, of too great length, or of another status than 200', () => {
    expect(cacheSeconds(answer('max-age=5', { length: null }))).toBe(0)
    expect(cacheSeconds(answer('max-age=5', { length: String(17 * 1024 * 1024) }))).toBe(0)
    expect(cacheSeconds(answer('max-age=5', { status: 404 }))).toBe(0)
    expect(cacheSeconds(answer('max-age=5', { status: 206 }))).toBe(0)
  })
})

describe('the cache key', () => {
  it.each([
    ['/live/pb/720p.m3u8', '/live/pb/720p.m3u8'],
    ['/live/pb/720p.m3u8?token=secret&x=1', '/live/pb/720p.m3u8'],
    ['/live/pb/720p.m3u8?_HLS_part=2&_HLS_msn=7', '/live/pb/720p.m3u8?_HLS_msn=7&_HLS_part=2'],
    ['/live/pb/720p.m3u8?_HLS_skip=YES&_HLS_msn=7&t=1', '/live/pb/720p.m3u8?_HLS_msn=7&_HLS_skip=YES'],
    ['/live/pb/../../secret?_HLS_skip=v2', '/secret?_HLS_skip=v2'],
  ])('of %s is %s', (path, key) => {
    const { pathname, searchParams } = new URL(path, 'http://control')
    expect(readMediaAddress(pathname, searchParams)).toEqual({ path: key, cacheable: true })
  })

  it.each([
    '_HLS_msn=a%26b',
    '_HLS_msn=',
    '_HLS_msn=-1',
    '_HLS_msn=007',
    '_HLS_msn=1234567890123456',
    '_HLS_part=1.5',
    '_HLS_skip=yes',
  ])('of %s is none: it goes to the origin as it is, and nothing of it is kept', (query) => {
    const url = new URL(`/live/pb/720p.m3u8?${query}`, 'http://control')
    expect(readMediaAddress(url.pathname, url.searchParams)).toEqual({
      path: `/live/pb/720p.m3u8?${query}`,
      cacheable: false,
    })
  })
})
