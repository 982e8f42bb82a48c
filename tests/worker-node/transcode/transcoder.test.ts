import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LatencyMode } from '#schema/enums.ts'
import { frameTicks } from '#schema/plan/frame-rate.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type FixtureOptions, flvFixture } from '#tests/support/media.ts'
import { fixtureTags, flvFile, followedBy } from '#tests/support/odd-sources.ts'
import { isAlive, readyLine, startProcess } from '#tests/support/processes.ts'
import { decodeErrors, flashesAndBeeps } from '#tests/support/recording.ts'
import {
  described,
  ffmpeg,
  smallPlan,
  type TranscodeRun,
  transcodeFile,
  writeTrack,
} from '#tests/support/transcode-run.ts'
import { audioTimescale, videoTimescale } from '#worker/media/sample.ts'
import { toLufs } from '#worker/transcode/loudness.ts'
import { startTranscode } from '#worker/transcode/transcoder.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-transcode-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const small = { width: 320, height: 180, seconds: 2, videoBitrateKbps: 300 } satisfies FixtureOptions

async function transcode(
  fixture: FixtureOptions = {},
  options: { heights?: number[]; latencyMode?: LatencyMode } = {},
) {
  const wanted = { ...small, ...fixture }
  const { fps } = wanted
  const source = described({ ...wanted, fps: typeof fps === 'number' ? fps : 25 })
  return await transcodeFile(await flvFixture(wanted), smallPlan(source, options), source)
}

/** Everything that holds for each run, whatever its source. */
function expectPlanned({ plan, tracks, samples, exit }: TranscodeRun, seconds = small.seconds): void {
  expect(exit).toMatchObject({ reason: 'ended', fault: null })
  expect(new Set(tracks.keys())).toEqual(new Set([...plan.renditions.map(({ id }) => id), 'audio']))
  const frame = frameTicks(plan.fps, videoTimescale)
  const [first] = plan.renditions
  const grid = (id: string) => samples.get(id)!.map(({ dts, keyframe }) => `${dts}${keyframe ? ' K' : ''}`)
  for (const { id, width, height } of plan.renditions) {
    expect(tracks.get(id)).toMatchObject({
      kind: 'video',
      timescale: videoTimescale,
      width,
      height,
      frameDuration: frame,
    })
    expect(grid(id), `${id} beside ${first!.id}`).toEqual(grid(first!.id))
    const pictures = samples.get(id)!
    const keyframes = pictures.flatMap(({ keyframe }, index) => (keyframe ? [index] : []))
    expect(keyframes[0]).toBe(0)
    expect(
      Math.max(...[...keyframes.slice(1), pictures.length].map((at, n) => at - keyframes[n]!)),
    ).toBeLessThanOrEqual(plan.gopFrames)
    for (const [index, { dts, duration }] of pictures.entries()) {
      expect(duration).toBe(frame)
      if (index > 0) expect(dts - pictures[index - 1]!.dts).toBe(frame)
    }
    expect(Math.abs((pictures.length * frame) / videoTimescale - seconds)).toBeLessThan(0.2)
  }
  const audio = {
    kind: 'audio',
    timescale: audioTimescale,
    sampleRate: audioTimescale,
    channels: 2,
    frameDuration: 1_024,
  }
  expect(tracks.get('audio')).toMatchObject({ ...audio, codec: 'mp4a.40.2' })
  const sounds = samples.get('audio')!
  for (const [index, { dts, duration }] of sounds.entries()) {
    // The last one says how much of it is to be heard.
    if (index < sounds.length - 1) expect(duration).toBe(1_024)
    if (index > 0) expect(dts - sounds[index - 1]!.dts).toBe(1_024)
  }
  expect((sounds.length * 1_024) / audioTimescale).toBeGreaterThan(seconds - 0.2)
  const offsetSeconds = sounds[0]!.dts / audioTimescale - samples.get(first!.id)![0]!.dts / videoTimescale
  expect(Math.abs(offsetSeconds)).toBeLessThan(0.15)
}

describe('a transcode of a real source', () => {
  it.each([
    ['of one channel', { channels: 1 }],
    ['of 44.1 kHz', { sampleRate: 44_100 }],
    ['of 15 frames a second', { fps: 15 }],
    ['of 29.97 frames a second', { fps: 29.97 }],
    ['of an odd size', { width: 322, height: 182 }],
    ['in portrait', { width: 180, height: 320 }],
  ] as const)('%s gives exactly the planned tracks on one grid', async (_, fixture) => {
    expectPlanned(await transcode(fixture))
  })
})

describe('a transcode of a source', () => {
  it('measures what is to be heard and seen, mono and of another sample rate or not', async () => {
    // A tone of −21 dB in both channels, or in the one that becomes both at −3 dB each.
    for (const [fixture, lufs] of [
      [{}, -21],
      [{ channels: 1, sampleRate: 44_100 }, -21],
    ] as const) {
      const { blocks, glances } = await transcode({ ...fixture, seconds: 3 })
      expect(blocks.length).toBeGreaterThan(27)
      expect(blocks.length).toBeLessThan(32)
      const measured = toLufs(blocks[20]!.power)
      expect(Math.abs(measured - lufs), `${measured} LUFS`).toBeLessThan(2)
      expect(glances.length).toBeGreaterThan(4)
      expect(glances.map(({ isBlack, isStill }) => isBlack || isStill)).toEqual(glances.map(() => false))
    }
  })

  it('goes on where picture and sound change in mid-stream: samples, previews and what is measured', async () => {
    const other = await fixtureTags({ seconds: 12, width: 426, height: 240, sampleRate: 44_100, pattern: 'motion' })
    const tags = followedBy(await fixtureTags({ seconds: 12, pattern: 'motion' }), other, 12)
    const file = join(folder, 'changing.flv')
    await writeFile(file, flvFile(tags))
    const { samples, snapshots, blocks, glances, exit } = await transcodeFile(file, smallPlan(described()), described())
    expect(exit).toMatchObject({ reason: 'ended', fault: null })
    for (const id of ['180p', '120p']) {
      expect(samples.get(id)!.length).toBeGreaterThan(595)
      for (const [index, { dts }] of samples.get(id)!.entries())
        if (index > 0) expect(dts - samples.get(id)![index - 1]!.dts).toBe(3_600)
    }
    const sounds = samples.get('audio')!
    for (const [index, { dts }] of sounds.entries()) {
      const step = dts - (sounds[index - 1]?.dts ?? dts - 1_024)
      // Where the graph begins anew it is off the grid of frames, by half of one at most.
      expect(Math.abs(step - 1_024)).toBeLessThanOrEqual(512)
    }
    expect((sounds.length * 1_024) / audioTimescale).toBeGreaterThan(23.8)
    expect(snapshots.length).toBeGreaterThanOrEqual(5)
    expect(glances.length).toBeGreaterThanOrEqual(47)
    expect(blocks.length).toBeGreaterThanOrEqual(238)
  })

  it('without sound gets its silence along with its pictures, not seconds at once', async () => {
    const silent = described({ audio: false })
    const reached = { audio: 0, '120p': 0 }
    let largestLead = 0
    const transcode = startTranscode({
      ...{ ffmpeg: await ffmpeg, input: { kind: 'stdin', format: 'flv' }, source: silent },
      ...{ plans: [smallPlan(silent, { heights: [120] })], signal: AbortSignal.timeout(60_000), onTrack: () => {} },
      onSample: (id, { dts }) => {
        if (id === 'audio') reached.audio = dts / audioTimescale
        else reached['120p'] = dts / videoTimescale
        if (reached.audio > 0) largestLead = Math.max(largestLead, reached['120p'] - reached.audio)
      },
    })
    const tags = await fixtureTags({ seconds: 8, audio: false })
    transcode.stdin!.end(flvFile(tags))
    expect(await transcode.exited).toMatchObject({ reason: 'ended', fault: null })
    expect(reached['120p']).toBeGreaterThan(17.5)
    expect(largestLead).toBeLessThan(1)
  })

  it('finds it black and silent', async () => {
    const file = join(folder, 'black.flv')
    const inputs = ['-f', 'lavfi', '-i', 'color=black:s=320x180:r=25', '-f', 'lavfi', '-i', 'anullsrc=r=48000']
    const encode = ['-t', '2', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
    await execa('ffmpeg', ['-loglevel', 'error', '-nostdin', '-y', ...inputs, ...encode, file])
    const { blocks, glances } = await transcodeFile(file, smallPlan(described()), described())
    expect(blocks.length).toBeGreaterThan(15)
    expect(blocks.every(({ peak }) => peak < 0.001)).toBe(true)
    expect(glances.length).toBeGreaterThan(2)
    expect(glances.every(({ isBlack }) => isBlack)).toBe(true)
  })

  it('of odd sides gives even ones', async () => {
    const file = join(folder, 'odd.flv')
    await execa('ffmpeg', [
      ...[
        '-loglevel',
        'error',
        '-nostdin',
        '-y',
        '-f',
        'lavfi',
        '-i',
        'testsrc2=s=321x181:r=25',
        '-f',
        'lavfi',
        '-i',
        'sine',
      ],
      ...[
        '-t',
        '2',
        '-pix_fmt',
        'yuv444p',
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-c:a',
        'aac',
        '-f',
        'flv',
        file,
      ],
    ])
    const source = described({ width: 321, height: 181 })
    const run = await transcodeFile(file, smallPlan(source, { heights: [360, 120] }), source)
    expectPlanned(run)
    expect(run.tracks.get('120p')).toMatchObject({ width: 212, height: 120 })
  })

  it.each(['low_latency', 'tutorial', 'high_quality'] as const)(
    'without sound has silence, in mode %s',
    async (latencyMode) => {
      const run = await transcode({ audio: false }, { latencyMode })
      expectPlanned(run)
      const file = join(folder, 'silence.mp4')
      await writeTrack(file, run.tracks.get('audio')!, run.samples.get('audio')!)
      const { stderr } = await execa('ffmpeg', ['-hide_banner', '-i', file, '-af', 'volumedetect', '-f', 'null', '-'])
      expect(stderr).toContain('max_volume: -91.0 dB')
    },
  )

  it('without sound ends when the source ends, with no more silence than a few seconds', async () => {
    const { samples } = await transcode({ audio: false }, { heights: [120] })
    expect((samples.get('audio')!.length * 1_024) / audioTimescale).toBeLessThan(small.seconds + 6)
  })

  it('without a picture has a plain one, and ends when the source ends', async () => {
    const source = described({ video: false })
    const run = await transcodeFile(await flvFixture({ ...small, video: false }), smallPlan(source), source)
    const pictures = run.samples.get('180p')!
    expect(run.exit.reason).toBe('ended')
    expect(run.tracks.size).toBe(3)
    expect(pictures.length / 30).toBeGreaterThan(small.seconds - 0.2)
    expect(pictures.length / 30).toBeLessThan(small.seconds + 6)
    expect(run.samples.get('audio')!.length).toBeCloseTo((small.seconds * audioTimescale) / 1_024, -1)
  })

  it('whose sound never comes, though announced, still has pictures or a fault in words', async () => {
    const run = await transcodeFile(await flvFixture({ ...small, audio: false }), smallPlan(described()), described())
    expect(run.exit).toMatchObject({ reason: 'failed', fault: { code: 'track_missing' } })
  })

  it('that is garbage fails, and the fault says what to do', async () => {
    const file = join(folder, 'garbage.flv')
    await execa('sh', ['-c', `head -c 300000 /dev/urandom > '${file}'`])
    const { exit, samples } = await transcodeFile(file, smallPlan(described()), described())
    expect(exit).toMatchObject({ reason: 'failed', fault: { code: 'source_unreadable' } })
    expect(samples.size).toBe(0)
  })

  it('that turns into garbage goes on with what can be read', async () => {
    const whole = await readFile(await flvFixture(small))
    const file = join(folder, 'half.flv')
    await execa('sh', ['-c', `cat > '${file}'`], { input: whole.subarray(0, whole.length / 2) })
    const { exit, samples } = await transcodeFile(file, smallPlan(described()), described())
    expect(exit.reason).toBe('ended')
    expect(samples.get('180p')!.length).toBeGreaterThan(15)
  })
})

describe('sound and picture', () => {
  it.each(['low_latency', 'high_quality'] as const)(
    'are shown and heard together within 40 ms, in mode %s',
    async (latencyMode) => {
      const flash = { ...small, seconds: 4, pattern: 'flash', sampleRate: 44_100 } as const
      const { tracks, samples } = await transcode(flash, { latencyMode, heights: [180] })
      const files = ['180p', 'audio'].map((id) => join(folder, `${latencyMode}-${id}.mp4`)) as [string, string]
      await writeTrack(files[0], tracks.get('180p')!, samples.get('180p')!)
      await writeTrack(files[1], tracks.get('audio')!, samples.get('audio')!)
      for (const file of files) expect(await decodeErrors(file)).toEqual([])
      const both = join(folder, `${latencyMode}.mkv`)
      await execa('ffmpeg', [
        ...[
          '-loglevel',
          'error',
          '-y',
          '-copyts',
          '-i',
          files[0],
          '-i',
          files[1],
          '-c',
          'copy',
          '-map',
          '0',
          '-map',
          '1',
          both,
        ],
      ])
      const { flashes, beeps } = await flashesAndBeeps(both)
      expect(flashes.length).toBeGreaterThanOrEqual(3)
      for (const flash of flashes) {
        const nearest = Math.min(...beeps.map((beep) => Math.abs(beep - flash)))
        expect(nearest).toBeLessThan(0.04)
      }
    },
  )
})

describe('a running transcode', () => {
  const startPattern = async (options: Partial<Parameters<typeof startTranscode>[0]> = {}) => {
    const ids = new Set<string>()
    const abort = new AbortController()
    const transcode = startTranscode({
      ...{ ffmpeg: await ffmpeg, input: { kind: 'test-pattern' }, plans: [smallPlan(described())], source: null },
      signal: abort.signal,
      onTrack: () => {},
      onSample: (id) => ids.add(id),
      ...options,
    })
    const flows = () => eventually('all tracks flow', () => ids.size === 3)
    return { transcode, flows, abort }
  }

  it('of the test pattern flows, reports progress and ends on request', async () => {
    const speeds: number[] = []
    const { transcode, flows } = await startPattern({ onProgress: ({ speed }) => speeds.push(speed ?? 0) })
    await flows()
    expect(transcode.stdin).toBeNull()
    await eventually('real time is kept', () => speeds.slice(1).some((speed) => speed > 0.7 && speed < 1.3))
    expect(await transcode.stop()).toMatchObject({ reason: 'ended' })
    expect(isAlive(transcode.pid!)).toBe(false)
  })

  it('ends when its signal aborts, before the start too', async () => {
    const { transcode, flows, abort } = await startPattern()
    await flows()
    abort.abort()
    expect(await transcode.exited).toMatchObject({ reason: 'ended' })
    const late = await startPattern({ signal: abort.signal })
    expect(await late.transcode.exited).toMatchObject({ reason: 'ended' })
  })

  it('whose FFmpeg is killed says so', async () => {
    const { transcode, flows } = await startPattern()
    await flows()
    process.kill(transcode.pid!, 'SIGKILL')
    expect(await transcode.exited).toMatchObject({ reason: 'killed', code: null, fault: null })
  })

  it('whose samples nobody can take ends with a fault of ours', async () => {
    const { transcode } = await startPattern({
      onSample: () => {
        throw new Error('no room')
      },
    })
    expect(await transcode.exited).toMatchObject({ reason: 'failed', fault: { code: 'output_unreadable' } })
  })

  it('dies with the worker, even when that is killed', async () => {
    const script = join(import.meta.dirname, '../../support/transcode-forever.ts')
    const worker = startProcess(process.execPath, [script])
    try {
      const { pid } = await readyLine<{ pid: number }>('the transcode', worker)
      expect(isAlive(pid)).toBe(true)
      await worker.end('SIGKILL')
      await eventually('FFmpeg is gone', () => !isAlive(pid), { timeoutMs: 10_000 })
    } finally {
      await worker.end('SIGKILL')
    }
  })

  it('gives a snapshot with the first media and then one each five seconds of it', async () => {
    const startedMs = performance.now()
    const arrivals: number[] = []
    const jpegs: Buffer[] = []
    let firstMediaMs = 0
    const { transcode } = await startPattern({
      onSample: () => {
        firstMediaMs ||= performance.now() - startedMs
      },
      onSnapshot: (jpeg) => {
        arrivals.push(performance.now() - startedMs)
        jpegs.push(jpeg)
      },
    })
    await eventually('a second snapshot', () => arrivals.length === 2)
    await transcode.stop()
    expect(arrivals[0]! - firstMediaMs).toBeLessThan(4_000)
    // An encode that begins late catches up.
    expect(arrivals[1]! - arrivals[0]!).toBeGreaterThan(2_500)
    expect(arrivals[1]! - arrivals[0]!).toBeLessThan(12_000)
    const { stdout } = await execa('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', '-'], {
      input: jpegs[0]!,
    })
    expect(JSON.parse(stdout).streams[0]).toMatchObject({ codec_name: 'mjpeg', width: 320, height: 180 })
  })
})
