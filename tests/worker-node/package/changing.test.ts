import { describe, expect, it } from 'vitest'
import { changingPackage } from '#tests/support/changing-package.ts'
import { type Programme, SwitchingFeed, shownLater, syntheticProgramme } from '#tests/support/switching-feed.ts'
import { discontinuitiesPerSession } from '#worker/package/package.ts'
import type { Segment } from '#worker/package/window.ts'

const slate = syntheticProgramme({ mark: 1 })
const source = syntheticProgramme({
  ...{ mark: 2, width: 640, height: 360, fps: 30, variable: true, gopSeconds: 1.5 },
  ...{ sampleRate: 44_100, channels: 1 },
})
const slow = syntheticProgramme({ mark: 3, fps: 30, variable: true, gopSeconds: 10, seconds: 10 })

/** Lines of a playlist that say where and how the media changes. */
const outline = (text: string) =>
  text.split('\n').filter((line) => /^#EXT-X-(MAP|DISCONTINUITY$)|^e\/\w+\/\d+\.m4s/.test(line))
const startSeconds = ({ start }: Segment, timescale: number) => start / timescale

describe('a change of configuration in HLS', () => {
  it('is a discontinuity with another map in all renditions, and the way back has the first map', () => {
    const { feed, playlist } = changingPackage(slate)
    feed.advance(3)
    feed.switchTo(source)
    feed.advance(4)
    feed.switchTo(slate)
    feed.advance(2.2)
    for (const id of ['source', 'audio'] as const)
      expect(outline(playlist(id))).toEqual([
        ...[`#EXT-X-MAP:URI="e/${id}/init.mp4"`, '#EXT-X-DISCONTINUITY', `e/${id}/100.m4s`, `e/${id}/101.m4s`],
        ...['#EXT-X-DISCONTINUITY', `#EXT-X-MAP:URI="e/${id}/init-2.mp4"`, `e/${id}/102.m4s`],
        ...[`e/${id}/103.m4s`, `e/${id}/104.m4s`],
        ...['#EXT-X-DISCONTINUITY', `#EXT-X-MAP:URI="e/${id}/init.mp4"`, `e/${id}/105.m4s`],
      ])
  })

  it('is a discontinuity for sound that stays as it was, with its own map said again', () => {
    const { feed, playlist } = changingPackage(slate)
    feed.advance(3)
    feed.switchTo({ video: source.video, audio: slate.audio })
    feed.advance(4)
    expect(outline(playlist('audio')).slice(4)).toEqual([
      ...['#EXT-X-DISCONTINUITY', '#EXT-X-MAP:URI="e/audio/init.mp4"', 'e/audio/102.m4s', 'e/audio/103.m4s'],
    ])
  })

  it('changes the map of sound alone where the picture goes on as it was', () => {
    const { feed, playlist } = changingPackage(slate)
    feed.advance(3.5)
    feed.switchTo(source, { soundOnly: true })
    feed.advance(3)
    expect(playlist('source').match(/DISCONTINUITY$|EXT-X-MAP/gm)).toHaveLength(2)
    expect(outline(playlist('audio'))).toEqual([
      ...['#EXT-X-MAP:URI="e/audio/init.mp4"', '#EXT-X-DISCONTINUITY', 'e/audio/100.m4s', 'e/audio/101.m4s'],
      ...['e/audio/102.m4s', '#EXT-X-MAP:URI="e/audio/init-2.mp4"', 'e/audio/103.m4s'],
    ])
  })

  it.each([-0.6, -0.3, -0.06, 0, 0.06, 0.3, 0.6])(
    'keeps discontinuities at one place when the sound changes %d s after the picture',
    (soundAfter) => {
      const { feed, segments } = changingPackage(slate)
      feed.advance(3.3)
      feed.switchTo(source, { soundAfter })
      feed.advance(5)
      const [video] = segments('source').filter(({ discontinuous }) => discontinuous)
      const discontinuous = segments('audio').filter((segment) => segment.discontinuous)
      expect(discontinuous).toHaveLength(1)
      const apart = startSeconds(discontinuous[0]!, 48_000) - startSeconds(video!, 90_000)
      expect(Math.abs(apart)).toBeLessThanOrEqual(0.1 + 1024 / 44_100)
      const numbers = segments('audio').map(({ configuration }) => configuration.number)
      expect(numbers).toEqual(numbers.toSorted())
      expect(new Set(numbers)).toEqual(new Set([1, 2]))
      for (const segment of segments('audio').slice(0, -1)) {
        expect(segment.duration / 48_000).toBeGreaterThan(0.05)
        expect(Math.round(segment.duration / 48_000)).toBeLessThanOrEqual(2)
      }
    },
  )

  it('takes a change by setTrack as it takes one that a sample says', () => {
    const said = changingPackage(slate)
    const told = changingPackage(slate)
    const tell = new SwitchingFeed(slate, (id, { begins, ...sample }) => {
      if (begins) told.live.setTrack(begins)
      told.live.onSample(id, sample)
    })
    for (const feed of [said.feed, tell]) {
      feed.advance(3)
      feed.switchTo(source)
      feed.advance(3)
    }
    expect(told.playlist('source')).toBe(said.playlist('source'))
    expect(told.playlist('audio')).toBe(said.playlist('audio'))
  })

  it('leaves no hole in what is shown when only one of two programmes reorders its pictures', () => {
    const shown = (first: Programme, second: Programme) => {
      const { live, feed } = changingPackage(first)
      feed.advance(3)
      feed.switchTo(second)
      feed.advance(3)
      const media = live.track('source')!.window.listed.flatMap(({ parts }) => parts.flatMap(({ buffers }) => buffers))
      return Buffer.concat(media).toString('hex')
    }
    const later = shownLater(source, 6_000)
    expect(shown(slate, later)).toBe(shown(slate, source))
    expect(shown(later, slate)).toBe(shown(later, shownLater(slate, 6_000)))
  })

  it('counts discontinuities that leave the list', () => {
    const { feed, playlist } = changingPackage(slate)
    const seen: string[] = []
    for (let second = 0; second < 70; second += 1) {
      if (second % 10 === 5) feed.switchTo(second % 20 === 5 ? source : slate)
      feed.advance(1)
      const numbers = (['source', 'audio'] as const).map((id) => {
        const text = playlist(id)
        const first = Number(/DISCONTINUITY-SEQUENCE:(\d+)/.exec(text)![1])
        return first + (text.match(/DISCONTINUITY$/gm)?.length ?? 0)
      })
      expect(numbers[1]).toBe(numbers[0])
      seen.push(String(numbers[0]))
    }
    expect([...new Set(seen)]).toEqual(['7', '8', '9', '10', '11', '12', '13', '14'])
    expect(playlist('source')).toMatch(/DISCONTINUITY-SEQUENCE:1[12]\n/)
  })

  it('only changes maps when a session has had its share of discontinuities', () => {
    const { feed, playlist } = changingPackage(slate)
    for (let change = 0; change < discontinuitiesPerSession + 15; change += 1) {
      feed.advance(2)
      feed.switchTo(change % 2 === 0 ? source : slate)
    }
    feed.advance(3)
    expect(playlist('source')).toContain(`DISCONTINUITY-SEQUENCE:${7 + discontinuitiesPerSession}\n`)
    expect(playlist('source')).not.toMatch(/DISCONTINUITY$/m)
    expect(playlist('source').match(/EXT-X-MAP/g)!.length).toBeGreaterThan(5)
  })

  it('says in a delta update which map holds after what it skips, as long as there are several', () => {
    const { feed, playlist } = changingPackage(slate)
    feed.advance(40)
    expect(playlist('source', true)).not.toContain('EXT-X-MAP')
    feed.switchTo(source)
    feed.advance(8)
    for (const id of ['source', 'audio'] as const) {
      const delta = playlist(id, true)
      expect(delta).toMatch(new RegExp(`#EXT-X-SKIP:SKIPPED-SEGMENTS=\\d+\\n#EXT-X-MAP:URI="e/${id}/init.mp4"\\n`))
      expect(playlist(id).endsWith(delta.slice(delta.indexOf('#EXT-X-PROGRAM-DATE-TIME')))).toBe(true)
    }
    feed.advance(30)
    expect(playlist('source', true)).not.toContain('EXT-X-MAP')
  })

  it('names in the multivariant playlist what holds now, and promises no independent segments', () => {
    const { live, feed } = changingPackage(slate)
    feed.advance(3)
    expect(live.multivariant().toString()).toContain('RESOLUTION=320x180,FRAME-RATE=25.000')
    feed.switchTo(source)
    feed.advance(1)
    const text = live.multivariant().toString()
    expect(text).toContain('RESOLUTION=640x360,FRAME-RATE=30.000')
    expect(text).toContain('CHANNELS="1"')
    expect(text).not.toContain('INDEPENDENT-SEGMENTS')
  })

  it('hints at the part that comes, in the new segment once the old one is cut', () => {
    const { live, feed } = changingPackage(slate)
    feed.advance(3.5)
    const packager = live.track('source')!
    expect(live.hint(packager)).toEqual({ sequence: 102, part: 2 })
    feed.switchTo(source)
    feed.step()
    expect(live.hint(packager)).toEqual({ sequence: 103, part: 0 })
    feed.advance(0.25)
    expect(packager.window.edge).toEqual({ sequence: 103, part: 0 })
    expect(packager.window.find(103)!.parts[0]!.independent).toBe(true)
  })
})

describe('configurations', () => {
  it('that are not what they should be cost the picture, not the session', () => {
    const { live, feed } = changingPackage(slate)
    feed.advance(3)
    const decoderConfig = Buffer.from('0164001fffe1ffff67', 'hex')
    const long = { ...slate.audio.track, decoderConfig: Buffer.alloc(5_000, slate.audio.track.decoderConfig) }
    feed.switchTo({
      audio: { ...slate.audio, track: long },
      video: { ...slate.video, track: { ...slate.video.track, decoderConfig } },
    })
    feed.advance(3)
    for (const id of ['source', 'audio']) expect(live.track(id)!.window.lastComplete!.configuration.number).toBe(2)
  })

  const variant = (mark: number) => {
    const { video, audio } = syntheticProgramme({ mark })
    return { video, audio } satisfies Programme
  }

  it('are forgotten when no segment needs them and sixteen newer ones came, and never have an old number', () => {
    const { live, feed } = changingPackage(variant(0))
    for (let mark = 1; mark <= 60; mark += 1) {
      feed.advance(2)
      feed.switchTo(variant(mark))
    }
    feed.advance(2)
    const { configurations, window } = live.track('source')!
    const known = Array.from({ length: 61 }, (_, index) => configurations.find(index + 1)).filter(Boolean)
    expect(configurations.find(1)).toBeUndefined()
    expect(known.length).toBeLessThanOrEqual(16 + 42)
    for (const { configuration } of window.listed) expect(configurations.find(configuration.number)).toBe(configuration)
    feed.switchTo(variant(0))
    feed.advance(1)
    expect(window.listed.at(-1)!.configuration.number).toBe(62)
  })
})

describe('a DASH manifest of what may change', () => {
  it('is one period of avc3 and of sound that describes itself, known by the same words for ever', () => {
    const { live, feed } = changingPackage(slate)
    feed.advance(3)
    const before = live.manifest().toString()
    feed.switchTo({
      video: { ...source.video, track: { ...source.video.track, codec: 'avc1.640028' } },
      audio: source.audio,
    })
    feed.advance(4)
    const after = live.manifest().toString()
    for (const text of [before, after]) {
      expect(text.match(/<Period/g)).toHaveLength(1)
      expect(text).toContain('codecs="avc3.4d401f"')
      expect(text).toContain('media="e/$RepresentationID$/t$Time$.m4s"')
      expect(text).toContain('media="e/$RepresentationID$/$Number$.mp4"')
      expect(text).toContain('audio_channel_configuration:2011" value="2"')
    }
    expect(before).toContain('e/$RepresentationID$/avc3.mp4')
    expect(after).toContain('e/$RepresentationID$/avc3-2.mp4')
    expect(after).toContain('width="640" height="360"')
  })

  it('lists as one segment what begins with a keyframe and what follows it', () => {
    const { live, feed } = changingPackage(slow)
    feed.advance(26)
    const keyframes = [
      ...live
        .manifest()
        .toString()
        .matchAll(/<S t="(\d+)" d="(\d+)"/g),
    ].slice(0, 3)
    const gop = slow.video.samples.reduce((total, { duration }) => total + duration, 0)
    expect(keyframes.map(([, t]) => Number(t))).toEqual([0, gop, 2 * gop])
    expect(keyframes.slice(0, 2).map(([, , d]) => Number(d))).toEqual([gop, gop])
    expect(live.track('source')!.window.listed.length).toBeGreaterThan(9)
  })
})
