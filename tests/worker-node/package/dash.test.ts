import { describe, expect, it } from 'vitest'
import { packageOf } from '#tests/support/live-origin.ts'
import { syntheticMedia } from '#tests/support/live-samples.ts'

const clock = { nowMs: () => Date.parse('2026-11-22T10:00:05Z') }
const wallClockStartMs = Date.parse('2026-11-22T10:00:00Z')
/** One element to a line, so that a difference is seen. */
const pretty = (manifest: Buffer) => manifest.toString().replaceAll('><', '>\n<')

describe('a DASH manifest', () => {
  it('has the open segment at its nominal duration, available a segment less a chunk early', () => {
    const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds: 2 }), 'tutorial', {
      clock,
      wallClockStartMs,
    })
    feed.advance(5)
    expect(pretty(live.manifest())).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic" availabilityStartTime="2026-11-22T10:00:00.000Z" publishTime="2026-11-22T10:00:05.000Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT32S" suggestedPresentationDelay="PT2S" minBufferTime="PT0.4S" maxSegmentDuration="PT4.5S">
      <ProgramInformation>
      <Title>Lecture 1</Title>
      </ProgramInformation>
      <ServiceDescription id="0">
      <Latency target="2000" min="1000" max="8000"/>
      <PlaybackRate min="0.95" max="1.05"/>
      </ServiceDescription>
      <Period id="epoch1" start="PT0S">
      <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <SegmentTemplate timescale="90000" initialization="epoch1/$RepresentationID$/init.mp4" media="epoch1/$RepresentationID$/$Number$.m4s" startNumber="100" availabilityTimeOffset="3.6" availabilityTimeComplete="false">
      <SegmentTimeline>
      <S t="0" d="180000"/>
      <S t="180000" d="360000"/>
      </SegmentTimeline>
      </SegmentTemplate>
      <Representation id="180p" bandwidth="300000" codecs="avc1.4d401f" width="360" height="180" frameRate="90000/3600" sar="1:1"/>
      <Representation id="90p" bandwidth="300000" codecs="avc1.4d401f" width="180" height="90" frameRate="90000/3600" sar="1:1"/>
      </AdaptationSet>
      <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <SegmentTemplate timescale="48000" initialization="epoch1/$RepresentationID$/init.mp4" media="epoch1/$RepresentationID$/$Number$.m4s" startNumber="100" availabilityTimeOffset="3.6" availabilityTimeComplete="false">
      <SegmentTimeline>
      <S t="0" d="96256"/>
      <S t="96256" d="192000"/>
      </SegmentTimeline>
      </SegmentTemplate>
      <Representation id="audio" bandwidth="96000" codecs="mp4a.40.2" audioSamplingRate="48000">
      <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
      </Representation>
      </AdaptationSet>
      </Period>
      <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="time"/>
      </MPD>
      "
    `)
  })

  it('has whole segments only in high quality', () => {
    const { package: live, feed } = packageOf(syntheticMedia({ gopSeconds: 2 }), 'high_quality', { clock })
    feed.advance(9)
    const text = live.manifest().toString()
    expect(text).not.toContain('availabilityTimeOffset')
    expect(text.match(/<S /g)).toHaveLength(4) // two of video, two of audio
  })

  it('is static at the end, with the duration of all that was', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency', { clock })
    feed.advance(30)
    live.end()
    const text = live.manifest().toString()
    expect(text).toContain('type="static"')
    expect(text).toMatch(/mediaPresentationDuration="PT30(\.0\d*)?S"/)
    expect(text).not.toMatch(/minimumUpdatePeriod|timeShiftBufferDepth|availabilityTimeOffset/)
  })

  it('lists only segments that every rendition has', () => {
    const media = syntheticMedia()
    const { package: live, feed } = packageOf(media, 'low_latency', { clock })
    feed.advance(3)
    // The next keyframe and part of the first rendition alone.
    const { track, samples } = media.video[0]!
    for (let frame = 75; frame < 81; frame += 1)
      live.onSample('180p', { ...samples[frame % 25]!, dts: frame * track.frameDuration })
    expect(live.track('180p')!.window.edge).toEqual({ sequence: 102, part: 0 })
    expect(live.manifest().toString()).not.toContain(`<S t="${3 * 90_000}"`)
  })

  it('lets nothing of a title become markup', () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'tutorial', { title: "</Title>\"&\u0000<x y='1'>" })
    feed.advance(5)
    expect(live.manifest().toString()).toContain('<Title>&#60;/Title&#62;&#34;&#38;&#60;x y=&#39;1&#39;&#62;</Title>')
  })

  it('asks to be read again at least every two seconds', () => {
    for (const mode of ['low_latency', 'tutorial', 'high_quality'] as const) {
      const { package: live, feed } = packageOf(syntheticMedia(), mode)
      feed.advance(9)
      const period = Number(/minimumUpdatePeriod="PT([\d.]+)S"/.exec(live.manifest().toString())![1])
      expect(period).toBeLessThanOrEqual(2)
    }
  })
})
