import { describe, expect, it } from 'vitest'
import { pathBelowApplication, streamKeyOf } from '#worker/ingest/rtmp/stream-address.ts'

describe('pathBelowApplication', () => {
  it.each([
    ['live', 'rtmp://h/live', ''],
    ['live/', 'rtmp://h/live/', ''],
    ['/live', undefined, ''],
    ['live?token=1', undefined, ''],
    ['live/abc', 'rtmp://h/live/abc', 'abc'],
    ['live', 'rtmp://h:1935/live/abc?x=1', 'abc'],
    ['', 'rtmps://h/live/abc', 'abc'],
    [undefined, 'rtmp://h/live', ''],
  ])('finds our application in app %j and tcUrl %j', (app, tcUrl, below) => {
    expect(pathBelowApplication({ app, tcUrl })).toBe(below)
  })

  it.each([
    ['other', 'rtmp://h/live'],
    ['livestream', undefined],
    ['', ''],
    [undefined, undefined],
    [7, { a: 1 }],
    [undefined, 'rtmp://'],
    [undefined, '%%%'],
    [`live/${'x'.repeat(5_000)}`, undefined],
  ])('finds none in app %j and tcUrl %j', (app, tcUrl) => {
    expect(pathBelowApplication({ app, tcUrl })).toBeUndefined()
  })
})

describe('streamKeyOf', () => {
  it('takes the publish name without its query', () => {
    expect(streamKeyOf('abc?user=me', '')).toBe('abc')
    expect(streamKeyOf('/abc', 'ignored')).toBe('abc')
  })

  it('takes what stood below the application when the name is empty', () => {
    expect(streamKeyOf('', 'abc')).toBe('abc')
    expect(streamKeyOf(undefined, 'abc')).toBe('abc')
    expect(streamKeyOf(null, 'abc')).toBe('abc')
  })

  it.each(['', '?x', '/', 'a b', 'a\0b', 'é', 'x'.repeat(257), 5, {}])('takes %j for no key', (name) => {
    expect(streamKeyOf(name as string, '')).toBeUndefined()
  })
})
