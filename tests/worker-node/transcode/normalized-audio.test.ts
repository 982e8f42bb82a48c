import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { flvFixture } from '#tests/support/media.ts'
import { beepTimes, flashTimes } from '#tests/support/packaged-media.ts'
import { decodeErrors } from '#tests/support/recording.ts'
import { described, smallPlan, type TranscodeRun, transcodeFile, writeTrack } from '#tests/support/transcode-run.ts'
import { IntegratedLoudness } from '#worker/transcode/integrated-loudness.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-normalized-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const source = described()
const plan = { ...smallPlan(source, { heights: [120] }), normalizesAudio: true }

async function written({ tracks, samples }: TranscodeRun, id: string): Promise<string> {
  const file = join(folder, `${id}.mp4`)
  await writeTrack(file, tracks.get(id)!, samples.get(id)!)
  return file
}

/** What FFmpeg says of the sound from a moment on. */
async function measured(file: string, fromSeconds: number) {
  const { stderr } = await execa('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-nostats', '-ss', String(fromSeconds), '-i', file],
    ...['-af', 'ebur128=peak=true', '-f', 'null', '-'],
  ])
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'))
  const number = (label: string) => Number(new RegExp(`${label}:\\s+(-?[\\d.]+)`).exec(summary)![1])
  return { lufs: number('I'), truePeak: number('Peak') }
}

/** 30 s of noise in words, brought to this loudness, as an encoder would send it. */
async function loudFixture(lufs: number): Promise<string> {
  const file = join(folder, `loud${lufs}.flv`)
  const words = "volume='0.02+abs(sin(t*5))*(0.6+0.4*sin(t))':eval=frame"
  const raw = join(folder, 'raw.wav')
  const quietly = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y']
  const noise = ['-f', 'lavfi', '-i', `anoisesrc=c=pink:r=48000:a=0.4:seed=3,${words}`, '-t', '30', '-ac', '2', raw]
  await execa('ffmpeg', [...quietly, ...noise])
  const gain = lufs - (await measured(raw, 0)).lufs
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-b:a', '160k', '-t', '30', file]
  const picture = ['-f', 'lavfi', '-i', 'color=gray:s=160x90:r=25', '-i', raw]
  await execa('ffmpeg', [...quietly, ...picture, '-af', `volume=${gain}dB`, ...encode])
  return file
}

describe('a transcode that normalises', () => {
  it.each([-30, -6])('a source of %d LUFS gives −16 LUFS within 20 s, its peaks in bounds', async (lufs) => {
    const run = await transcodeFile(await loudFixture(lufs), plan, source)
    expect(run.exit).toMatchObject({ reason: 'ended', fault: null })
    const file = await written(run, 'audio')
    const after = await measured(file, 20)
    expect(Math.abs(after.lufs + 16), `${after.lufs} LUFS`).toBeLessThan(1.5)
    expect((await measured(file, 0)).truePeak).toBeLessThanOrEqual(-1.5)
    // What is told of it is what goes out.
    const told = new IntegratedLoudness()
    for (const { power } of run.blocks.slice(200)) told.add(power)
    expect(told.lufs).toBeCloseTo(after.lufs, 0)
    expect(await decodeErrors(file)).toEqual([])
    const sounds = run.samples.get('audio')!
    for (const [index, { dts }] of sounds.entries()) if (index > 0) expect(dts - sounds[index - 1]!.dts).toBe(1_024)
    expect((sounds.length * 1_024) / 48_000).toBeGreaterThan(29.8)
  })

  it.each([48_000, 44_100])('keeps sound of %d Hz beside the picture', async (sampleRate) => {
    const fixture = { seconds: 5, width: 320, height: 180, pattern: 'flash', sampleRate } as const
    const run = await transcodeFile(await flvFixture(fixture), plan, source)
    const track = async (id: string) => ({ timescale: 1, samples: [], files: [await written(run, id)] })
    const flashes = await flashTimes(await track('120p'))
    const beeps = await beepTimes(await track('audio'))
    expect(beeps.length).toBeGreaterThanOrEqual(4)
    for (const beep of beeps) expect(Math.min(...flashes.map((flash) => Math.abs(flash - beep)))).toBeLessThan(0.04)
  })

  it('makes silence, and nothing else, of a source without sound', async () => {
    const silent = described({ audio: false })
    const file = await flvFixture({ seconds: 2, width: 320, height: 180, audio: false })
    const run = await transcodeFile(file, { ...smallPlan(silent), normalizesAudio: true }, silent)
    expect(run.exit).toMatchObject({ reason: 'ended', fault: null })
    expect(run.samples.get('audio')!.length).toBeGreaterThan(80)
    expect(run.blocks).toEqual([])
  })
})
