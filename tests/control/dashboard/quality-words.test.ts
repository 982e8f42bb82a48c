import { describe, expect, it } from 'vitest'
import { broadcastWords } from '#control/dashboard/words/broadcast-words.ts'
import { encodersToChoose, upscaleChoices } from '#control/dashboard/words/encoding-words.ts'
import {
  costWords,
  listed,
  loadWords,
  mediaOf,
  planCost,
  planWords,
  sharedWith,
  sharingWords,
} from '#control/dashboard/words/plan-words.ts'
import { adjustmentWords, holding, mediaWords, profileWords } from '#control/dashboard/words/quality-words.ts'
import type { BroadcastSummary } from '#schema/contracts/broadcast.ts'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlanAnswer } from '#schema/contracts/plan.ts'

const media = {
  ...{ width: 1280, height: 720, fps: 29.97, video_bitrate_kbps: 2_500, audio_bitrate_kbps: 128 },
  ...{ keyframe_interval_s: 2, from: 'shared' as const },
}

describe('words about quality', () => {
  it('say what is sent', () => {
    expect(mediaWords(media)).toBe('1280 × 720 · 29.97 fps · 2.5 Mbit/s · sound 128 kbit/s · keyframe every 2 s')
    expect(mediaWords({ ...media, keyframe_interval_s: null })).not.toContain('keyframe')
  })

  it.each([
    ['video_bitrate_kbps', 8_000, 6_000, 'T, so it gets 6.0 Mbit/s instead of 8.0 Mbit/s.'],
    ['height', 1_080, 720, 'T, so it gets 720p instead of 1080p.'],
    ['fps', 60, 30, 'T, so it gets 30 fps instead of 60 fps.'],
    ['audio_bitrate_kbps', 320, 160, 'T, so it gets sound of 160 kbit/s instead of sound of 320 kbit/s.'],
    ['keyframe_interval_s', 4, 2, 'T, so it gets a keyframe every 2 s instead of a keyframe every 4 s.'],
    ['quality', 'source', '720p', 'T, so it gets 720p instead of the source as it comes.'],
    ['quality', '1080p', '1080p', 'T, so it gets the 1080p that is made for others.'],
    ['something', 1, 1, 'T.'],
  ])('say why %s is another than was asked for', (field, asked, given, words) => {
    expect(adjustmentWords({ field, asked, given, reason: 'T.' })).toBe(words)
  })

  it('leave out what another adjustment has overtaken', () => {
    const of = (field: string, given: number | string) => ({ field, asked: 9_000, given, reason: '' })
    const all = [
      of('video_bitrate_kbps', 6_000),
      of('height', 720),
      of('quality', '720p'),
      of('video_bitrate_kbps', 2_500),
    ]
    expect(holding(all, media)).toEqual(all.slice(1))
    expect(holding(all, null)).toEqual(all)
  })

  it.each([
    ['auto', 'Automatic'],
    ['source', 'As it comes'],
    ['480p', '480p'],
    [{ height: 720, orientation: 'vertical', fps: 30 }, 'Its own, 720p upright, 30 fps'],
  ] as const)('call %j “%s”', (profile, words) => expect(profileWords(profile)).toBe(words))
})

describe('words about a plan', () => {
  const plan = {
    encodes: [
      { id: '720p', ...media, encode_units: 0.5, used_by: ['viewers', 'a', 'b'] },
      { id: 'own', ...media, from: 'own', encode_units: 0.4, used_by: ['c'] },
      { id: 'source', ...media, from: 'source', encode_units: 0, used_by: ['d'] },
    ],
    encode_units: { needed: 1, available: 2 },
  } as unknown as PlanAnswer
  const nameOf = (id: string) => id.toUpperCase()

  it.each([
    ['720p', 'a', 'The same encode as for VIEWERS and B: it costs the machine nothing more.'],
    ['own', 'c', 'An encode of its own, made for this destination alone.'],
    ['source', 'd', 'The source as it comes: nothing is encoded for it.'],
  ])('say with whom %s is shared', (encode, destination, words) => {
    expect(sharingWords(plan, encode, destination, nameOf)).toBe(words)
    expect(planWords(plan)).toBe('The whole plan: 2 encodes')
  })

  it('say how much of the machine it takes, and which part of that is for one destination', () => {
    expect(planCost(plan, 'c')).toEqual({ needed: 0.5, ownPart: 0.2 })
    expect(planCost(plan, 'a')).toEqual({ needed: 0.5, ownPart: 0 })
    expect(planCost({ ...plan, encode_units: { needed: 1, available: null } }, 'a')).toBeNull()
    expect(costWords({ needed: 0.5, ownPart: 0.2 }, 'home')).toBe(
      'Takes 50 % of what the worker “home” can encode at once; 20 % is for this destination alone.',
    )
    expect(costWords({ needed: 1.3, ownPart: 0 }, 'home')).toMatch(/^Too much for the worker “home”: this needs 130 %/)
  })

  it('say with whom a destination shares what it gets now, or would get', () => {
    const destinations = ['a', 'b', 'c', 'd'].map((id) => ({ id, name: nameOf(id), url: '' }) as Destination)
    const planned = [{ id: 'a', encode_id: '720p' }]
    const running = { ...plan, is_running: true, destinations: planned } as unknown as LiveStream['plan']
    const stream = { destinations, plan: running }
    const idle = { destinations, plan: { ...running, is_running: false } }
    const of = (id: string, from: 'shared' | 'own' | 'source') => ({ id, sends: { ...media, from } })
    expect(sharedWith(stream, of('a', 'shared'))).toBe('Shared with viewers and B')
    expect(sharedWith(stream, of('c', 'own'))).toBe('Made for it alone')
    expect(sharedWith(stream, of('d', 'source'))).toBe('The source as it comes')
    expect(sharedWith(stream, of('gone', 'own'))).toBe('Made for destinations')
    expect(sharedWith(idle, of('a', 'shared'))).toBe('Shared with viewers')
    expect(sharedWith(idle, { id: 'a', sends: null })).toBe('Shared with viewers and B')
    expect(mediaOf(idle, { id: 'a', sends: null })).toMatchObject({ id: '720p' })
    expect(sharedWith(idle, { id: 'gone', sends: null })).toBeNull()
    expect(loadWords(running)).toBe('2 encodes, 50 % of what its worker can do')
    expect(loadWords(idle.plan)).toBeNull()
  })

  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('list %j as “%s”', (words, list) => expect(listed(words)).toBe(list))
})

describe('words about encoders', () => {
  it('offer what some worker has, and what is chosen whatever they have', () => {
    const worker = (...names: string[]) => ({ capacity: { encoders: names.map((name) => ({ name })) } })
    expect(encodersToChoose([], 'auto')).toEqual(['auto', 'software'])
    expect(encodersToChoose([{ capacity: {} }, worker('software', 'h264_vaapi')], 'h264_nvenc')).toEqual([
      ...['auto', 'software'],
      ...['h264_nvenc', 'h264_vaapi'],
    ])
  })

  it('offer sizes to enlarge to, with the one that the API set', () => {
    expect(upscaleChoices('lanczos', 900).map(([value]) => value)).toEqual([
      'off',
      '720',
      '900',
      '1080',
      '1440',
      '2160',
    ])
    expect(upscaleChoices('off', 900).map(([value]) => value)).not.toContain('900')
  })
})

describe('words about a past broadcast', () => {
  const broadcast = { duration_s: 4_320, slate_s: 0, destinations: 0, destinations_with_trouble: 0 } as BroadcastSummary
  it.each([
    [{}, '1 h 12 min'],
    [{ slate_s: 30, destinations: 3 }, '1 h 12 min · 30 s of slate · 3 destinations without trouble'],
    [{ destinations: 3, destinations_with_trouble: 1 }, '1 h 12 min · 1 of 3 destinations had trouble'],
    [{ destinations: 1, destinations_with_trouble: 1 }, '1 h 12 min · its destination had trouble'],
  ])('say of %j: %s', (changes, words) => expect(broadcastWords({ ...broadcast, ...changes })).toBe(words))
})
