import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { encodedProgramme, type Programme, SwitchingFeed, shownLater } from '#tests/support/switching-feed.ts'
import { Fanout } from '#worker/fanout/fanout.ts'

let platform: NginxRtmp
let slate: Programme
let source: Programme
beforeAll(async () => {
  const other = { width: 426, height: 240, fps: 30, variable: true, gopSeconds: 2, bFrames: 2 }
  const sound = { sampleRate: 44_100, channels: 1 }
  const started = await Promise.all([startNginxRtmp(), encodedProgramme(), encodedProgramme({ ...other, ...sound })])
  platform = started[0]
  // RTMP has no picture that is shown before it is decoded; what has none to reorder waits as long as what has.
  const programmes = [started[1], started[2]].map((programme) => shownLater(programme, 4 * 3_000))
  slate = programmes[0]!
  source = programmes[1]!
})
afterAll(() => platform.close())

/** What FFmpeg says while it decodes everything, each picture at its own time. */
async function complaints(file: string): Promise<string> {
  const passing = ['-map', '0', '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-']
  const { stderr } = await execa('ffmpeg', ['-hide_banner', '-nostdin', '-v', 'error', '-i', file, ...passing])
  return stderr
}

/** The sizes of the pictures and the rates of the sound in a recording, each as often as it changes. */
async function formats(file: string): Promise<{ sizes: string[]; rates: string[] }> {
  const { stdout } = await execa('ffprobe', [
    ...[
      '-v',
      'error',
      '-show_entries',
      'frame=media_type,width,height,sample_rate,channels,nb_samples',
      '-of',
      'json',
      file,
    ],
  ])
  const { frames } = JSON.parse(stdout) as { frames: Record<string, string | number>[] }
  const changes = (texts: string[]) => texts.filter((text, index) => text !== texts[index - 1])
  return {
    sizes: changes(
      frames.filter(({ media_type }) => media_type === 'video').map(({ width, height }) => `${width}x${height}`),
    ),
    rates: changes(
      frames.filter(({ media_type }) => media_type === 'audio').map(({ channels }) => `${channels} channels`),
    ),
  }
}

describe('a source with other parameters than the slate, at nginx-rtmp', () => {
  it('comes and goes in one publish session, which decodes, and those who join later get what holds then', async () => {
    const fanout = new Fanout({ title: 'Lecture 1' })
    fanout.setFeed('main', { video: slate.video.track, audio: slate.audio.track, beginsAtMs: 0 })
    const ending = new AbortController()
    const feed = new SwitchingFeed(slate, fanout.onSample)
    void feed.run(ending.signal)
    onTestFinished(async () => {
      await fanout.stop()
      ending.abort()
    })
    const add = (key: string) =>
      fanout.add({ id: key, url: platform.url, streamKey: key, enabled: true, feedId: 'main' })
    const reaches = (seconds: number) => eventually(`${seconds} s are out`, () => feed.seconds > seconds)
    add('early')
    await reaches(2)
    feed.switchTo(source)
    await reaches(3)
    add('late')
    await reaches(6)
    feed.switchTo(slate)
    await reaches(9)
    const statuses = [...fanout.statuses().values()]
    await fanout.stop()
    expect(statuses.map(({ sessions, dropped_ms }) => [sessions, dropped_ms])).toEqual([
      [1, 0],
      [1, 0],
    ])
    const recordings = await platform.recordings()
    expect(recordings).toHaveLength(2)
    for (const [index, key] of ['early', 'late'].entries()) {
      const path = recordings.find((each) => each.includes(`/${key}-`)) ?? ''
      const report = await analyseRecording(path)
      expect(report.nonMonotonic).toBe(0)
      expect(await complaints(path)).toBe('')
      expect(report.videoPackets).toBeGreaterThan(80)
      // Two frames of 30 a second, and what RTMP rounds.
      expect(report.largestVideoGapMs).toBeLessThan(75)
      expect(report.largestAudioGapMs).toBeLessThan(50)
      const { sizes, rates } = await formats(path)
      expect(sizes).toEqual(['320x180', '426x240', '320x180'].slice(index))
      expect(rates).toEqual(['2 channels', '1 channels', '2 channels'].slice(index))
    }
  })
})
