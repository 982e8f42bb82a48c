import { expect, it } from 'vitest'
import { packageOf } from '#tests/support/live-origin.ts'
import { syntheticMedia } from '#tests/support/live-samples.ts'

it('keeps the package whose place it takes for as long as a playlist is, and no other, and then lets go of it', () => {
  const media = syntheticMedia()
  const make = (epoch: string) => packageOf(media, 'low_latency', { epoch })
  const { package: oldest } = make('epoch-0')
  const { package: former } = make('epoch-1')
  const { package: live, feed } = make('epoch-2')
  former.follow(oldest)
  live.follow(former)
  expect([former.isSuperseded, former.ofEpoch('epoch-0')]).toEqual([true, undefined])
  const { window } = live.track('180p')!
  const first = window.firstSequence
  while ((window.listed[0]?.sequence ?? first) === first) {
    expect(live.ofEpoch('epoch-1')).toBe(former)
    feed.advance(0.5)
  }
  expect(live.ofEpoch('epoch-1')).toBeUndefined()
})

it('answers for a rendition that was there before with the nearest that is there now', () => {
  const make = (...heights: number[]) => packageOf(syntheticMedia({ heights }), 'low_latency').package
  const first = make(720, 480, 240)
  const second = make(480, 360)
  const third = make(240, 1080)
  second.follow(first)
  third.follow(second)
  const names = ['720p', '480p', '360p', '240p', '1080p', 'audio', '144p']
  expect(names.map((name) => third.listed(name)?.track.id)).toEqual([
    ...['1080p', '240p', '240p', '240p', '1080p', 'audio', undefined],
  ])
})
