import { describe, expect, it } from 'vitest'
import { platformIds } from '#schema/contracts/platform.ts'
import { adviceFor, rateAdvice, type SentPicture } from '#schema/plan/advice.ts'
import { platformOf } from '#schema/platforms.ts'

const sent: SentPicture = {
  ...{ width: 1920, height: 1080, fps: 30, video_bitrate_kbps: 4_500, audio_bitrate_kbps: 128 },
  keyframe_interval_s: 2,
}
const advice = (platform: (typeof platformIds)[number], more: Partial<SentPicture> = {}) =>
  adviceFor(platformOf(platform), { ...sent, ...more })

describe('advice', () => {
  it('names what a platform recommends and what it gets, with both figures', () => {
    expect(advice('youtube')).toEqual([
      'YouTube recommends 14000 kbit/s for 1080p at 30 frames per second; this has 4500.',
    ])
    expect(advice('twitch', { audio_bitrate_kbps: 160, keyframe_interval_s: 1 })).toEqual([
      'Twitch recommends 2 s from keyframe to keyframe; this has 1.',
      'Twitch recommends 128 kbit/s of sound; this has 160.',
    ])
    expect(advice('instagram', { height: 1920, width: 1080, video_bitrate_kbps: 7_000 })).toEqual([
      'Instagram recommends 1280×720 at most; this is 1080×1920.',
      'Instagram recommends 6000 kbit/s for 1080p at 30 frames per second at most; this has 7000.',
    ])
    expect(advice('tiktok', { fps: 60 })).toEqual([
      'TikTok recommends vertical pictures; this one is landscape.',
      'TikTok recommends 30 frames per second at most; this has 60.',
      'TikTok recommends 160 kbit/s of sound; this has 128.',
    ])
  })

  it('is silent where it is followed, near enough, and where nothing is known', () => {
    expect(advice('twitch')).toEqual([])
    expect(advice('youtube', { video_bitrate_kbps: 13_000 })).toEqual([])
    expect(advice('custom')).toEqual([])
    const unknown = { video_bitrate_kbps: null, audio_bitrate_kbps: null, keyframe_interval_s: null }
    expect(advice('youtube', unknown)).toEqual([])
  })

  it('tells the mean of what goes out as it came from its peaks', () => {
    const untouched = { video_bitrate_kbps: 8_000, peak_video_bitrate_kbps: 12_000 }
    expect(advice('youtube', untouched)[0]).toMatch(/; this has 8000 on average, and 12000 is allowed for its peaks\.$/)
  })

  it('names bit rates that make no sense on any platform', () => {
    const at = (video_bitrate_kbps: number) => rateAdvice({ width: 1280, height: 720, fps: 30, video_bitrate_kbps })
    expect(at(100)).toEqual([
      '100 kbit/s for 720p at 30 frames per second is so little that it would be all blocks; 2450 is usual.',
    ])
    expect(at(50_000)).toEqual([
      '50000 kbit/s for 720p at 30 frames per second is more than anybody would see; 2450 is usual.',
    ])
    expect([at(800), at(15_000)]).toEqual([[], []])
  })

  it.each(platformIds)('of %s is whole sentences', (platform) => {
    for (const sentence of advice(platform, { fps: 60, video_bitrate_kbps: 300, audio_bitrate_kbps: 320 }))
      expect(sentence).toMatch(/^\S.* recommends .*\d.*\.$|pictures; this one is/)
  })
})
