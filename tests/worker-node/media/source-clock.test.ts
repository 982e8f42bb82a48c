import { describe, expect, it } from 'vitest'
import { SourceClock } from '#worker/media/source-clock.ts'

const times = (clock: SourceClock, ...timestamps: number[]) =>
  timestamps.map((timestamp) => clock.at(timestamp, 'video'))

/** 10 s of pictures each 40 ms and sound each 20 ms, with sound 60 ms later in the stream; both jump at 5 s. */
function jump(byMs: number, startMs = 100_000): { track: string; atMs: number; clockMs: number }[] {
  const clock = new SourceClock()
  const tags = [
    ...Array.from({ length: 250 }, (_, index) => ({ track: 'video', atMs: index * 40, arrivesMs: index * 40 })),
    ...Array.from({ length: 500 }, (_, index) => ({ track: 'audio', atMs: index * 20, arrivesMs: index * 20 + 60 })),
  ].toSorted((a, b) => a.arrivesMs - b.arrivesMs)
  return tags.map(({ track, atMs }) => {
    const timestampMs = (startMs + atMs + (atMs < 5_000 ? 0 : byMs)) >>> 0
    return { track, atMs, clockMs: clock.at(timestampMs, track) }
  })
}

describe("a source's clock", () => {
  it('begins at 0, wherever the source begins', () => {
    expect(times(new SourceClock(), 3_600_000, 3_600_040, 3_600_080)).toEqual([0, 40, 80])
  })

  it('leaves small steps as they are, back or forwards, and a track that begins where it does', () => {
    expect(times(new SourceClock(), 1_000, 1_500, 1_480, 3_000, 2_980)).toEqual([0, 500, 480, 2_000, 1_980])
    const clock = new SourceClock()
    expect([clock.at(5_000, 'video'), clock.at(4_900, 'audio'), clock.at(5_040, 'video')]).toEqual([0, -100, 40])
    expect([clock.now('audio'), clock.now('video')]).toEqual([-100, 40])
  })

  it.each([
    ['an hour ahead', 3_600_000, 100_000],
    ['an hour back', -3_600_000, 7_200_000],
    ['2 s back', -2_000, 100_000],
    ['half a second back', -500, 100_000],
    ['to 0', -105_000, 100_000],
    ['over 2³² ms', 0, 2 ** 32 - 5_000],
    ['an hour back over 2³² ms', -3_600_000, 1_000],
  ])('goes on as if nothing were when the timestamps jump %s, sound later than picture', (_, byMs, startMs) => {
    for (const { atMs, clockMs, track } of jump(byMs, startMs)) expect(clockMs, `${track} at ${atMs}`).toBe(atMs)
  })

  it('takes a pause of one track for what it is, however long, while another one runs on', () => {
    const clock = new SourceClock()
    const sounds = Array.from({ length: 2_001 }, (_, index) => clock.at(50_000 + index * 20, 'audio'))
    expect(sounds.at(-1)).toBe(40_000)
    const slides = new SourceClock()
    for (let ms = 0; ms <= 60_000; ms += 20) {
      expect(slides.at(ms, 'audio')).toBe(ms)
      if (ms % 5_000 === 0) expect(slides.at(ms, 'video')).toBe(ms)
    }
  })

  it('keeps a gap of the source, of up to 3 s', () => {
    expect(times(new SourceClock(), 0, 40, 2_900, 2_940)).toEqual([0, 40, 2_900, 2_940])
  })

  it('jumps again and again', () => {
    expect(times(new SourceClock(), 0, 40, 9_000, 9_040, 40, 80, 50_000)).toEqual([0, 40, 80, 120, 160, 200, 240])
  })
})
