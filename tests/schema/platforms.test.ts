import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { rtmpUrl } from '#schema/contracts/destination-address.ts'
import {
  type Figure,
  type Platform,
  type PlatformSource,
  platformIds,
  platformSchema,
} from '#schema/contracts/platform.ts'
import { ingestUrl, limitsFor, platformOf, platforms } from '#schema/platforms.ts'

const figuresOf = ({ starts_on_platform, limits }: Platform): [string, Figure<unknown>][] =>
  Object.entries({ starts_on_platform, ...limits }).flatMap(([name, figure]) =>
    figure ? [[name, figure] satisfies [string, Figure<unknown>]] : [],
  )

const sourcesOf = (platform: Platform): PlatformSource[] => [
  ...figuresOf(platform).map(([, { source }]) => source),
  ...platform.servers.map(({ source }) => source),
  ...[platform.key_help, ...platform.advice].flatMap(({ source }) => source ?? []),
]

const isOurs = ({ id }: Platform) => id === 'tutorial' || id === 'custom'
const named = platforms.map((platform) => [platform.id, platform] as const)
const others = named.filter(([, platform]) => !isOurs(platform))

describe('the catalogue of platforms', () => {
  it('holds each platform once, in the order of the ids', () => {
    expect(platforms.map(({ id }) => id)).toEqual([...platformIds])
    expect(new Set(platforms.map(({ name }) => name)).size).toBe(platforms.length)
  })

  it('finds a platform by its id, and none by another word', () => {
    expect(platformOf('kick').name).toBe('Kick')
    for (const word of ['Kick', '', 'constructor', '__proto__']) expect(platformOf(word)).toBeUndefined()
  })
})

describe.each(named)('%s', (_, platform) => {
  it('keeps the contract', () => {
    expect(v.safeParse(platformSchema, platform).issues).toBeUndefined()
  })

  it('has addresses that a destination may have, by a protocol that it takes', () => {
    for (const { url } of platform.servers) {
      expect(v.safeParse(rtmpUrl, url).issues).toBeUndefined()
      expect(platform.protocols).toContain(new URL(url).protocol.slice(0, -1))
    }
    const ids = platform.servers.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(platform.servers.map(({ url }) => url)).size).toBe(ids.length)
  })

  it('asks for an address exactly where it has none, and says where to find it', () => {
    expect(platform.url_required).toBe(platform.servers.length === 0)
    expect(platform.address_help !== null).toBe(platform.url_required)
  })

  it('encrypts by default, and always where the platform wants it', () => {
    expect(platform.protocols[0]).toBe('rtmps')
    if (platform.servers[0]) expect(platform.servers[0].url).toMatch(/^rtmps:/)
    if (platform.limits.tls_required?.value) expect(platform.protocols).toEqual(['rtmps'])
    if (platform.limits.tls_required?.value === false) expect(platform.protocols).toContain('rtmp')
  })

  it('has figures that agree with each other', () => {
    const { limits } = platform
    const [minimum, maximum] = [limits.min_video_bitrate_kbps?.value ?? 0, limits.max_video_bitrate_kbps?.value]
    if (maximum !== undefined) expect(maximum).toBeGreaterThan(minimum)
    if (limits.max_size) expect(limits.max_size.value.long_side).toBeGreaterThan(limits.max_size.value.short_side)
    if (limits.keyframe_interval_s && limits.max_keyframe_interval_s)
      expect(limits.keyframe_interval_s.value).toBeLessThanOrEqual(limits.max_keyframe_interval_s.value)
    if (limits.audio_bitrate_kbps && limits.max_audio_bitrate_kbps)
      expect(limits.audio_bitrate_kbps.value).toBeLessThanOrEqual(limits.max_audio_bitrate_kbps.value)
    for (const rung of limits.video_bitrates?.value ?? []) {
      const stated = [rung.min_kbps, rung.recommended_kbps, rung.max_kbps, maximum].filter((kbps) => kbps != null)
      expect(stated).toEqual(stated.toSorted((one, other) => one - other))
      expect(rung.short_side).toBeLessThanOrEqual(limits.max_size?.value.short_side ?? 0)
      expect(rung.fps).toBeLessThanOrEqual(limits.max_fps?.value ?? 0)
    }
  })

  it('lists its bit rates from the smallest picture to the largest, the slow one first', () => {
    const rungs = (platform.limits.video_bitrates?.value ?? []).map(({ short_side, fps }) => short_side * 1_000 + fps)
    expect(rungs).toEqual(rungs.toSorted((one, other) => one - other))
    expect(new Set(rungs).size).toBe(rungs.length)
  })

  it('gives a source with an https address, words and a day that has been', () => {
    for (const { url, says, read_on } of sourcesOf(platform)) {
      expect(new URL(url).protocol).toBe('https:')
      expect(says).toMatch(/^\S.*\.$/)
      expect(Date.parse(read_on)).toBeLessThan(Date.parse('2026-12-01'))
    }
  })

  it('advises in whole sentences', () => {
    for (const { text } of platform.advice) expect(text).toMatch(/^[A-Z].*\.$/)
    for (const step of platform.key_help.steps) expect(step).toMatch(/^[A-Z].*\.$/)
    expect(platform.advice.length).toBeGreaterThan(0)
    expect(platform.key_help.steps.length).toBeGreaterThan(0)
  })
})

describe.each(others)('what Weir says of %s', (_, platform) => {
  it('is said by somebody else first', () => {
    expect(figuresOf(platform).length).toBeGreaterThan(5)
    expect([platform.key_help, ...platform.advice].filter(({ source }) => source === null)).toEqual([])
  })

  it('rests on the platform’s own pages where it is a limit, or says whose word it is', () => {
    const hosts = sourcesOf(platform).flatMap(({ publisher, url }) =>
      publisher === 'platform' ? new URL(url).hostname.split('.').slice(-2).join('.') : [],
    )
    expect(hosts.filter((host) => !ownHosts[platform.id]?.includes(host))).toEqual([])
  })
})

/** Whose pages count as a platform's own. */
const ownHosts: Partial<Record<Platform['id'], string[]>> = {
  youtube: ['google.com'],
  twitch: ['twitch.tv'],
  facebook: ['facebook.com'],
  instagram: ['instagram.com'],
  kick: ['kick.com'],
  linkedin: ['linkedin.com', 'microsoft.com'],
  x: ['x.com', 'twitter.com'],
  tiktok: ['tiktok.com'],
}

describe('a server of your own', () => {
  it.each(named.filter(([, platform]) => isOurs(platform)))('%s takes any address and has no limits', (_, platform) => {
    expect(platform.protocols).toEqual(['rtmps', 'rtmp', 'srt'])
    expect(figuresOf(platform)).toEqual([])
  })
})

describe('the address of a platform', () => {
  it('is that of the default server, or of the one that is named', () => {
    expect(ingestUrl(platformOf('youtube'))).toBe('rtmps://a.rtmps.youtube.com:443/live2')
    expect(ingestUrl(platformOf('youtube'), null)).toBe('rtmps://a.rtmps.youtube.com:443/live2')
    expect(ingestUrl(platformOf('youtube'), 'backup')).toBe('rtmps://b.rtmps.youtube.com:443/live2?backup=1')
    expect(ingestUrl(platformOf('twitch'), 'euc10')).toBe('rtmps://euc10.contribute.live-video.net:443/app')
  })

  it('is missing where there is no such server, or none at all', () => {
    expect(ingestUrl(platformOf('youtube'), 'tertiary')).toBeNull()
    expect(ingestUrl(platformOf('tiktok'))).toBeNull()
    expect(ingestUrl(platformOf('custom'), 'default')).toBeNull()
  })
})

describe('the limits for a picture', () => {
  const kbps = (id: Platform['id'], height: number, fps: number) => {
    const limits = limitsFor(platformOf(id) as Platform, { height, fps })
    return [limits.min_video_bitrate_kbps, limits.recommended_video_bitrate_kbps, limits.max_video_bitrate_kbps].map(
      (figure) => figure?.value ?? null,
    )
  }

  it.each([
    ['the listed one', 'facebook', 720, 30, [1_500, null, 4_000]],
    ['the next faster one for a rate between', 'facebook', 720, 50, [2_250, null, 6_000]],
    ['25 frames per second as 30', 'facebook', 1080, 25, [3_000, null, 6_000]],
    ['only the maximum of the next larger one for a size between', 'facebook', 540, 30, [null, null, 4_000]],
    ['only the maximum of the largest for one beyond it', 'facebook', 1440, 60, [null, null, 9_000]],
    ['what the platform recommends, under the maximum of all sizes', 'twitch', 1080, 60, [null, 6_000, 6_000]],
    ['no recommendation for a slower one', 'x', 1080, 30, [null, null, 12_000]],
    ['no recommendation for a larger one', 'linkedin', 1080, 30, [null, null, 6_000]],
    ['what holds at any size', 'kick', 480, 30, [1_000, null, 8_000]],
    ['minimum and recommendation without a maximum of its own', 'youtube', 1080, 30, [5_000, 14_000, 51_000]],
    ['nothing where nothing is known', 'custom', 1080, 30, [null, null, null]],
  ] as const)('are %s: %s %ip%i', (_, id, height, fps, expected) => {
    expect(kbps(id, height, fps)).toEqual(expected)
  })

  it('say whose word each of them is', () => {
    const { max_video_bitrate_kbps, min_video_bitrate_kbps, keyframe_interval_s } = limitsFor(platformOf('facebook'), {
      height: 720,
      fps: 30,
    })
    expect(max_video_bitrate_kbps).toMatchObject({ weight: 'limit', source: { publisher: 'platform' } })
    expect(min_video_bitrate_kbps?.source.url).toContain('developers.facebook.com')
    expect(keyframe_interval_s).toMatchObject({ value: 2, weight: 'advice' })
  })
})
