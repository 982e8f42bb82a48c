import { describe, expect, it } from 'vitest'
import type { AudioTrack, Sample, Track, VideoTrack } from '#worker/media/sample.ts'
import type { SplicerRun } from '#worker/splice/run.ts'
import { Splicer } from '#worker/splice/splicer.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (sample: Sample) => new TextDecoder().decode(sample.payload)

const video = (config: string): VideoTrack => ({
  ...{ kind: 'video', id: 'source', timescale: 90_000, codec: 'avc1.64001f', bitrate: 1, width: 640, height: 360 },
  ...{ frameDuration: 3_000, decoderConfig: bytes(config), changing: true },
})
const audio = (sampleRate: number): AudioTrack => ({
  ...{ kind: 'audio', id: 'audio', timescale: sampleRate, codec: 'mp4a.40.2', bitrate: 1, sampleRate, channels: 2 },
  ...{ frameDuration: 1_024, decoderConfig: bytes(String(sampleRate)) },
})
const sample = (payload: string, dts: number, duration: number, keyframe = true): Sample => ({
  ...{ dts, compositionOffset: 0, duration, keyframe, payload: bytes(payload) },
})

/** A session of somebody else's encode with a slate of our own, in simulated time of 10 ms steps. */
class Passthrough {
  nowMs = 50_000
  readonly out: { trackId: string; sample: Sample }[] = []
  readonly switches: string[] = []
  readonly splicer: Splicer
  #tickedMs = 0

  constructor(live: readonly Track[]) {
    this.splicer = new Splicer({
      tracks: live,
      output: (trackId, sent) => this.out.push({ trackId, sample: sent }),
      onSwitch: (onAir) => this.switches.push(onAir),
      onStart: () => {},
    })
    this.splicer.provideSlate({
      tracks: [video('slate'), audio(48_000)],
      video: new Map([['source', Array.from({ length: 30 }, (_, n) => sample('card', n * 3_000, 3_000, n === 0))]]),
      silence: sample('silence', 0, 1_024),
      sound: null,
    })
  }

  pass(ms: number, deliver: (nowMs: number) => void = () => {}): void {
    for (const end = this.nowMs + ms; this.nowMs < end; this.nowMs += 10) {
      deliver(this.nowMs)
      if (this.nowMs - this.#tickedMs < 20) continue
      this.#tickedMs = this.nowMs
      this.splicer.tick(this.nowMs)
    }
  }

  of(trackId: string): Sample[] {
    return this.out.filter((each) => each.trackId === trackId).map((each) => each.sample)
  }

  /** Where a track has a gap or an overlap; times are compared in seconds, for the timescale may change. */
  faults(trackId: string, timescale: number): string[] {
    let scale = timescale
    let expected = 0
    return this.of(trackId).flatMap((each) => {
      scale = each.begins?.timescale ?? scale
      const fault = Math.abs(each.dts / scale - expected) > 0.001 ? [`${expected} s expected, ${each.dts / scale}`] : []
      expected = (each.dts + each.duration) / scale
      return fault
    })
  }
}

/** Delivers pictures with these durations over and over, in groups of `gop`, and sound beside them, in real time. */
function source(
  run: SplicerRun,
  startMs: number,
  durationsMs: readonly number[],
  sampleRate = 48_000,
  gop = 30,
  displayDelay = (_picture: number) => 0,
) {
  let ticks = 0
  let pictures = 0
  let sounds = 0
  return (nowMs: number) => {
    for (;;) {
      const durationMs = durationsMs[pictures % durationsMs.length]!
      // A picture is known to be whole when the next one comes.
      if (ticks / 90 + durationMs > nowMs - startMs) break
      const picture = sample(`p${pictures}`, 900_000 + ticks, durationMs * 90, pictures % gop === 0)
      run.push('source', { ...picture, compositionOffset: displayDelay(pictures) }, nowMs)
      ticks += durationMs * 90
      pictures++
    }
    for (; ((sounds + 1) * 1_024_000) / sampleRate <= nowMs - startMs; sounds++)
      run.push('audio', sample(`s${sounds}`, 10 * sampleRate + sounds * 1_024, 1_024), nowMs)
  }
}

describe("somebody else's encode", () => {
  it('keeps its own durations, however they vary, and the sound stays beside the picture', () => {
    const tracks = [video('theirs'), audio(48_000)]
    const session = new Passthrough(tracks)
    const durations = [33, 34, 33, 100, 17, 250, 40]
    const deliver = source(session.splicer.beginRun(tracks), session.nowMs, durations)
    session.pass(10_000, deliver)
    expect(session.switches).toEqual(['live'])
    expect(session.faults('source', 90_000)).toEqual([])
    expect(session.faults('audio', 48_000)).toEqual([])
    const pictures = session.of('source')
    expect(pictures.length).toBeGreaterThan(100)
    const first = Number(text(pictures[0]!).slice(1))
    expect(pictures.slice(0, 21).map(({ duration }) => duration / 90)).toEqual(
      Array.from({ length: 21 }, (_, index) => durations[(first + index) % durations.length]),
    )
  })

  it('says where the slate begins another configuration, and where its own begins again', () => {
    const tracks = [video('theirs'), audio(48_000)]
    const session = new Passthrough(tracks)
    session.pass(3_000, source(session.splicer.beginRun(tracks), session.nowMs, [33]))
    session.pass(3_000)
    session.pass(3_000, source(session.splicer.beginRun(tracks), session.nowMs, [33]))
    expect(session.switches).toEqual(['live', 'slate', 'live'])
    expect(session.faults('source', 90_000)).toEqual([])
    const begins = session.of('source').filter((each) => each.begins)
    expect(
      begins.map((each) => [text(each), each.keyframe, new TextDecoder().decode(each.begins!.decoderConfig)]),
    ).toEqual([
      ['card', true, 'slate'],
      [expect.stringMatching(/^p\d+$/), true, 'theirs'],
    ])
    expect(session.of('audio').filter((each) => each.begins)).toEqual([])
  })

  it('changes the rate of its sound from one run to the next without a gap', () => {
    const session = new Passthrough([video('theirs'), audio(48_000)])
    session.pass(3_000, source(session.splicer.beginRun([video('theirs'), audio(48_000)]), session.nowMs, [33]))
    session.pass(2_000)
    const other = [video('others'), audio(44_100)]
    session.pass(3_000, source(session.splicer.beginRun(other), session.nowMs, [40], 44_100))
    expect(session.switches).toEqual(['live', 'slate', 'live'])
    expect(session.faults('source', 90_000)).toEqual([])
    expect(session.faults('audio', 48_000)).toEqual([])
    expect(session.of('audio').flatMap((each) => each.begins?.timescale ?? [])).toEqual([44_100])
    expect(text(session.of('audio').at(-1)!)).toMatch(/^s\d/)
  })

  it('may change its configuration in mid-stream: the sample that begins it says so, once', () => {
    const tracks = [video('theirs'), audio(48_000)]
    const session = new Passthrough(tracks)
    const run = session.splicer.beginRun(tracks)
    const larger = video('larger')
    const push = run.push
    const changing: SplicerRun = {
      ...run,
      push: (trackId, each, nowMs) => push(trackId, text(each) === 'p60' ? { ...each, begins: larger } : each, nowMs),
    }
    session.pass(5_000, source(changing, session.nowMs, [33]))
    expect(session.switches).toEqual(['live'])
    const begins = session.of('source').filter((each) => each.begins)
    expect(begins.map((each) => [text(each), each.begins])).toEqual([['p60', larger]])
  })

  it('has keyframes so far apart that a return waits for the next one, and the slate plays until then', () => {
    const tracks = [video('theirs'), audio(48_000)]
    const session = new Passthrough(tracks)
    const deliver = source(session.splicer.beginRun(tracks), session.nowMs, [40], 48_000, 250)
    session.pass(4_000, deliver)
    session.pass(1_500)
    session.pass(3_000, deliver)
    expect(session.switches.at(-1)).toBe('slate')
    session.pass(4_000, deliver)
    expect(session.switches).toEqual(['live', 'slate', 'live'])
    expect(session.faults('source', 90_000)).toEqual([])
  })

  it('with B-frames shows everything once, over slates too, with its sound beside it', () => {
    const tracks = [video('theirs'), audio(48_000)]
    const session = new Passthrough(tracks)
    const lead = 90 * 67
    session.splicer.startSlate(session.nowMs)
    session.pass(2_000)
    session.pass(
      4_000,
      source(session.splicer.beginRun(tracks), session.nowMs, [40], 48_000, 25, () => lead),
    )
    session.pass(2_000)
    session.pass(4_000, source(session.splicer.beginRun(tracks), session.nowMs, [40], 48_000, 25))
    expect(session.switches).toEqual(['slate', 'live', 'slate', 'live'])
    expect(session.faults('source', 90_000)).toEqual([])
    const pictures = session.of('source')
    const shownAt = pictures.map((each) => each.dts + each.compositionOffset)
    for (const [index, at] of shownAt.slice(1).entries()) expect(at - shownAt[index]!).toBe(pictures[index]!.duration)
    // Picture n is shown at n · 40 ms of the source, beside the sound of that time.
    const first = pictures.find((each) => text(each).startsWith('p'))!
    const sourceMs = Number(text(first).slice(1)) * 40 + 67
    const shownMs = (first.dts + first.compositionOffset) / 90
    const sound = session.of('audio').find((each) => /^s\d/.test(text(each)) && each.dts / 48 >= shownMs)!
    const madeMs = (Number(text(sound).slice(1)) * 1_024) / 48
    expect(Math.abs(sound.dts / 48 - shownMs - (madeMs - sourceMs))).toBeLessThan(11)
  })

  it('goes on air in the middle of open groups without the pictures that refer to the group before, and misses none', () => {
    const tracks = [video('theirs'), audio(48_000)]
    const session = new Passthrough(tracks)
    // Decoded as I B B P B B …, shown as B B I B B P …: one picture of delay, and those before the keyframe follow it.
    const frame = 3_600
    const open = (picture: number) => (picture % 3 === 0 ? 3 * frame : 0)
    session.pass(3_000, source(session.splicer.beginRun(tracks), session.nowMs, [40], 48_000, 12, open))
    session.pass(2_000)
    session.pass(3_000, source(session.splicer.beginRun(tracks), session.nowMs, [40], 48_000, 12, open))
    expect(session.switches).toEqual(['live', 'slate', 'live'])
    expect(session.faults('source', 90_000)).toEqual([])
    const pictures = session.of('source')
    const entries = pictures.flatMap((each, index) => {
      const [now, before] = [each, pictures[index - 1]].map((one) => one && text(one))
      return now !== 'card' && (before ?? 'card') === 'card' ? [pictures.slice(index, index + 4)] : []
    })
    expect(entries).toHaveLength(2)
    for (const entry of entries) {
      const first = Number(text(entry[0]!).slice(1))
      expect([first % 12, entry[0]!.keyframe]).toEqual([0, true])
      expect(entry.map(text)).toEqual([0, 3, 4, 5].map((after) => `p${first + after}`))
    }
    const shownAt = pictures.map((each) => each.dts + each.compositionOffset).toSorted((a, b) => a - b)
    const shownFor = shownAt.slice(1).map((at, index) => at - shownAt[index]!)
    expect(Math.min(...shownFor)).toBeGreaterThan(0)
    expect(Math.max(...shownFor)).toBe(frame)
  })
})
