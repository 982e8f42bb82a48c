import { describe, expect, it } from 'vitest'
import { packageOf } from '#tests/support/live-origin.ts'
import { syntheticMedia } from '#tests/support/live-samples.ts'

const wallClockStartMs = Date.parse('2026-11-22T10:00:00Z')
const playlist = (live: ReturnType<typeof packageOf>['package'], trackId: string, skip = false) =>
  live.playlist(live.track(trackId)!, skip).toString()

describe('a media playlist', () => {
  it('prints parts near the live edge, the hint of the next part and reports on the others', () => {
    const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds: 2 }), 'tutorial', { wallClockStartMs })
    feed.advance(5)
    expect(playlist(live, '180p')).toMatchInlineSnapshot(`
      "#EXTM3U
      #EXT-X-VERSION:9
      #EXT-X-TARGETDURATION:4
      #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24,HOLD-BACK=12,PART-HOLD-BACK=1.201
      #EXT-X-PART-INF:PART-TARGET=0.4
      #EXT-X-MEDIA-SEQUENCE:100
      #EXT-X-DISCONTINUITY-SEQUENCE:6
      #EXT-X-MAP:URI="epoch1/180p/init.mp4"
      #EXT-X-DISCONTINUITY
      #EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.000Z
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/100.0.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/100.1.m4s"
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/100.2.m4s"
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/100.3.m4s"
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/100.4.m4s"
      #EXTINF:2,
      epoch1/180p/100.m4s
      #EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:02.000Z
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/101.0.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/101.1.m4s"
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/101.2.m4s"
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/101.3.m4s"
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/101.4.m4s"
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/101.5.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.4,URI="epoch1/180p/101.6.m4s"
      #EXT-X-PRELOAD-HINT:TYPE=PART,URI="epoch1/180p/101.7.m4s"
      #EXT-X-RENDITION-REPORT:URI="90p.m3u8",LAST-MSN=101,LAST-PART=6
      #EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=101,LAST-PART=6
      "
    `)
    expect(playlist(live, 'audio')).toMatchInlineSnapshot(`
      "#EXTM3U
      #EXT-X-VERSION:9
      #EXT-X-TARGETDURATION:4
      #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24,HOLD-BACK=12,PART-HOLD-BACK=1.201
      #EXT-X-PART-INF:PART-TARGET=0.4
      #EXT-X-MEDIA-SEQUENCE:100
      #EXT-X-DISCONTINUITY-SEQUENCE:6
      #EXT-X-MAP:URI="epoch1/audio/init.mp4"
      #EXT-X-DISCONTINUITY
      #EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.000Z
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/100.0.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/100.1.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/100.2.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/100.3.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/100.4.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.085333,URI="epoch1/audio/100.5.m4s",INDEPENDENT=YES
      #EXTINF:2.005333,
      epoch1/audio/100.m4s
      #EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:02.005Z
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/101.0.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/101.1.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/101.2.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/101.3.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/101.4.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/101.5.m4s",INDEPENDENT=YES
      #EXT-X-PART:DURATION=0.384,URI="epoch1/audio/101.6.m4s",INDEPENDENT=YES
      #EXT-X-PRELOAD-HINT:TYPE=PART,URI="epoch1/audio/101.7.m4s"
      #EXT-X-RENDITION-REPORT:URI="180p.m3u8",LAST-MSN=101,LAST-PART=6
      #EXT-X-RENDITION-REPORT:URI="90p.m3u8",LAST-MSN=101,LAST-PART=6
      "
    `)
  })

  it('has whole segments only, dated and blockable, in high quality', () => {
    const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds: 2 }), 'high_quality', { wallClockStartMs })
    feed.advance(15)
    expect(playlist(live, '180p')).toMatchInlineSnapshot(`
      "#EXTM3U
      #EXT-X-VERSION:9
      #EXT-X-TARGETDURATION:6
      #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=36,HOLD-BACK=18
      #EXT-X-MEDIA-SEQUENCE:100
      #EXT-X-DISCONTINUITY-SEQUENCE:6
      #EXT-X-MAP:URI="epoch1/180p/init.mp4"
      #EXT-X-DISCONTINUITY
      #EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.000Z
      #EXTINF:2,
      epoch1/180p/100.m4s
      #EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:02.000Z
      #EXTINF:6,
      epoch1/180p/101.m4s
      #EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:08.000Z
      #EXTINF:6,
      epoch1/180p/102.m4s
      "
    `)
  })

  it('says in a delta update how many segments it skips, and leaves their map out', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency', { wallClockStartMs })
    feed.advance(60)
    const whole = playlist(live, '180p')
    const delta = playlist(live, '180p', true)
    expect(delta).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n')
    expect(delta).not.toContain('#EXT-X-MAP')
    expect(whole.endsWith(delta.slice(delta.indexOf('#EXT-X-PROGRAM-DATE-TIME')))).toBe(true)
  })

  it.each([0, 1, 2, 3, 4, 5])(
    'keeps the skip boundary in what a delta update without parts lists, %s s into a segment',
    (into) => {
      const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds: 2 }), 'high_quality', { wallClockStartMs })
      feed.advance(62 + into)
      const delta = playlist(live, '180p', true)
      const kept = [...delta.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0)
      expect(kept).toBeGreaterThanOrEqual(36)
      expect(delta).toContain('#EXT-X-SKIP')
    },
  )

  it('starts a session as a discontinuity, whose number stays right when its first segment has left', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency')
    feed.advance(3)
    const start = playlist(live, '180p')
    expect(start).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:6\n')
    expect(start).toContain('#EXT-X-DISCONTINUITY\n')
    feed.advance(60)
    const later = playlist(live, '180p')
    expect(later).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:7\n')
    expect(later).not.toContain('#EXT-X-DISCONTINUITY\n')
  })

  it('ends with an end tag, without hint and reports, and whole even if a delta is asked for', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency')
    feed.advance(30.1)
    live.end()
    const text = playlist(live, 'audio', true)
    expect(text).toMatch(/#EXTINF:1\.\d+,\nepoch1\/audio\/115\.m4s\n#EXT-X-ENDLIST\n$/)
    expect(text).not.toMatch(/PRELOAD-HINT|RENDITION-REPORT|SKIP:/)
  })

  it('is printed once per change and shared', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency')
    feed.advance(3)
    const first = live.playlist(live.track('180p')!, false)
    expect(live.playlist(live.track('180p')!, false)).toBe(first)
    feed.advance(0.2)
    expect(live.playlist(live.track('180p')!, false)).not.toBe(first)
  })

  it('never promises a PART-HOLD-BACK under three times the printed PART-TARGET', () => {
    for (const fps of [60, 50, 30, 30000 / 1001, 25, 24, 24000 / 1001, 15, 12, 10, 7, 5, 1]) {
      const { package: live, feed } = packageOf(syntheticMedia({ fps }), 'low_latency')
      feed.advance(6)
      const text = playlist(live, '180p')
      const partTarget = Number(/PART-TARGET=([\d.]+)/.exec(text)![1])
      expect(Number(/PART-HOLD-BACK=([\d.]+)/.exec(text)![1])).toBeGreaterThanOrEqual(3 * partTarget)
    }
  })
})

describe('the multivariant playlist', () => {
  it('names every rendition with its codecs, size, frame rate and the group of audio', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'tutorial')
    feed.advance(5)
    expect(live.multivariant().toString()).toMatchInlineSnapshot(`
      "#EXTM3U
      #EXT-X-VERSION:9
      #EXT-X-INDEPENDENT-SEGMENTS
      #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"
      #EXT-X-STREAM-INF:BANDWIDTH=475200,AVERAGE-BANDWIDTH=396000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=360x180,FRAME-RATE=25.000,AUDIO="audio"
      180p.m3u8
      #EXT-X-STREAM-INF:BANDWIDTH=475200,AVERAGE-BANDWIDTH=396000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=180x90,FRAME-RATE=25.000,AUDIO="audio"
      90p.m3u8
      "
    `)
  })
})

describe('preload hints', () => {
  it('name exactly the part that comes next, as long as keyframes are regular', () => {
    for (const mode of ['low_latency', 'tutorial'] as const) {
      const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds: mode === 'tutorial' ? 2 : 1 }), mode)
      feed.advance(3)
      for (const id of ['180p', '90p', 'audio']) {
        const packager = live.track(id)!
        let hint = live.hint(packager)
        let edge = packager.window.edge
        for (let frame = 0; frame < 25 * 20; frame += 1) {
          feed.step()
          const now = packager.window.edge
          if (now?.sequence !== edge?.sequence || now?.part !== edge?.part) expect(now).toEqual(hint)
          edge = now
          hint = live.hint(packager)
        }
      }
    }
  })
})
