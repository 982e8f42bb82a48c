import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AssetType } from '#schema/asset-types.ts'
import { planPassthrough } from '#schema/plan/passthrough-plan.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { loudnessOf } from '#tests/support/loudness.ts'
import { type FixtureOptions, flvFixture, mp4Fixture } from '#tests/support/media.ts'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { decodeErrors, flashesAndBeeps } from '#tests/support/recording.ts'
import { described, ffmpeg, smallPlan, transcodeFile, writeTrack } from '#tests/support/transcode-run.ts'
import type { Sample } from '#worker/media/sample.ts'
import { SlateLoop } from '#worker/splice/slate-loop.ts'
import { convertTicks } from '#worker/splice/timeline.ts'
import { encodeSlate, type SlateSet } from '#worker/transcode/slate.ts'
import { SlateError } from '#worker/transcode/slate-error.ts'

let folder: string
let cacheDir: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-slate-'))
  cacheDir = join(folder, 'cache')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const small = { width: 320, height: 180, videoBitrateKbps: 300 } satisfies FixtureOptions
const plan = smallPlan(described())
const file = (name: string) => join(folder, name)
const make = (output: string, args: readonly string[]) =>
  execa('ffmpeg', ['-hide_banner', '-nostdin', '-y', '-v', 'error', ...args, file(output)], { timeout: 60_000 }).then(
    () => file(output),
  )

async function encode(
  kind: 'image' | 'video',
  path: string,
  contentType: AssetType,
  options: { plan?: EncodePlan; onPercent?: (percent: number) => void; signal?: AbortSignal } = {},
): Promise<SlateSet> {
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  const content = { kind, sha256, contentType, path: async () => path }
  const signal = AbortSignal.any([AbortSignal.timeout(60_000), ...(options.signal ? [options.signal] : [])])
  return encodeSlate({ ffmpeg: await ffmpeg, plan, cacheDir, content, ...options, signal })
}

/** Plays a slate for some seconds as the splicer does, and writes what a platform would record. */
async function record(slate: SlateSet, rendition: string, seconds: number): Promise<string> {
  const loop = new SlateLoop(slate)
  const [video, audio] = [loop.configOf(rendition), loop.configOf('audio')]
  const pictures: Sample[] = []
  const sounds: Sample[] = []
  for (let dts = 0; dts < seconds * 90_000; dts += video.frameDuration) pictures.push(loop.nextPicture(rendition, dts))
  for (let dts = 0; dts < seconds * audio.timescale; dts += audio.frameDuration) sounds.push(loop.sound(dts))
  const name = `${rendition}-${createHash('sha256').update(String(Math.random())).digest('hex').slice(0, 8)}`
  await writeTrack(file(`${name}-v.mp4`), video, pictures)
  await writeTrack(file(`${name}-a.mp4`), audio, sounds)
  // Without `copyts` each file is moved to begin at 0, and with it what B-frames are waited for.
  return make(`${name}.mkv`, ['-copyts', '-i', file(`${name}-v.mp4`), '-i', file(`${name}-a.mp4`), '-c', 'copy'])
}

/** Grey of a spot of the picture, 0–255; x and y are shares of its size. */
async function grey(recording: string, x: number, y: number): Promise<number> {
  const spot = `crop=8:8:(iw-8)*${x}:(ih-8)*${y},scale=1:1:flags=area,format=gray`
  const { stdout } = await execa(
    'ffmpeg',
    ['-v', 'error', '-i', recording, '-frames:v', '1', '-vf', spot, '-f', 'rawvideo', '-'],
    { encoding: 'buffer' },
  )
  return stdout[0] ?? Number.NaN
}

const parameterSets = ({ tracks }: Pick<SlateSet, 'tracks'>) =>
  Object.fromEntries(tracks.map(({ id, decoderConfig }) => [id, Buffer.from(decoderConfig).toString('hex')]))

describe('every slate', () => {
  it('has the parameter sets of live media made from the same plan', async () => {
    const live = await transcodeFile(await flvFixture({ ...small, seconds: 2 }), plan, described())
    const expected = parameterSets({ tracks: [...live.tracks.values()] })
    const picture = await make('plain.png', ['-f', 'lavfi', '-i', 'testsrc2=s=640x360', '-frames:v', '1'])
    const clip = await mp4Fixture({ ...small, seconds: 2 })
    const title = 'Lecture 1'
    const signal = AbortSignal.timeout(60_000)
    const card = { kind: 'card', heading: 'Be right back', title } as const
    for (const slate of [
      await encodeSlate({ ffmpeg: await ffmpeg, plan, cacheDir, content: card, signal }),
      await encode('image', picture, 'image/png'),
      await encode('video', clip, 'video/mp4'),
    ])
      expect(parameterSets(slate)).toEqual(expected)
  })

  it('is encoded once: the second time its file is not even asked for', async () => {
    const clip = await mp4Fixture({ ...small, seconds: 2, fps: 24 })
    const first = await encode('video', clip, 'video/mp4')
    const sha256 = createHash('sha256')
      .update(await readFile(clip))
      .digest('hex')
    const path = () => Promise.reject(new Error('asked'))
    const content = { kind: 'video', contentType: 'video/mp4', sha256, path } as const
    const signal = AbortSignal.timeout(60_000)
    const again = await encodeSlate({ ffmpeg: await ffmpeg, plan, cacheDir, content, signal })
    expect(again).toEqual(first)
  })
})

describe('several slates at a time', () => {
  it('are made one after the other, each once, and what nobody wants any more is passed over', async () => {
    const asked: string[] = []
    const wanted = async (name: string, signal = AbortSignal.timeout(60_000)) => {
      const clip = await mp4Fixture({ ...small, seconds: 1.5, fps: 24 })
      const path = async () => {
        asked.push(name)
        return clip
      }
      const content = { kind: 'video', contentType: 'video/mp4', sha256: name, path } as const
      return encodeSlate({ ffmpeg: await ffmpeg, plan, cacheDir, content, signal })
    }
    // Two encodes of one clip may differ by some bits: the encoder's threads share their rate. Their shape may not.
    const shape = ({ video }: SlateSet) => video.get('180p')!.map(({ dts, keyframe }) => ({ dts, keyframe }))
    const [first, second, other] = await Promise.all([wanted('a'), wanted('a'), wanted('b')])
    expect(second).toEqual(first)
    expect(shape(other)).toEqual(shape(first))
    expect(asked.toSorted()).toEqual(['a', 'b'])
    await expect(wanted('c', AbortSignal.abort())).rejects.toThrow(/abort/)
    expect(asked.toSorted()).toEqual(['a', 'b'])
  })
})

describe('a picture', () => {
  it.each([
    ['png', 'image/png', []],
    ['jpg', 'image/jpeg', []],
    ['webp', 'image/webp', ['-c:v', 'libwebp']],
  ] as const)(
    '(%s) of another shape is fitted and padded, for one group of pictures',
    async (extension, type, codec) => {
      const white = ['-f', 'lavfi', '-i', 'color=white:s=300x300', '-frames:v', '1', ...codec]
      const slate = await encode('image', await make(`square.${extension}`, white), type)
      for (const pictures of slate.video.values()) {
        expect(pictures).toHaveLength(plan.gopFrames)
        expect(pictures.filter(({ keyframe }) => keyframe)).toHaveLength(1)
      }
      expect(slate.sound).toBeNull()
      const recording = await record(slate, '180p', 3)
      expect(await decodeErrors(recording)).toEqual([])
      expect(await grey(recording, 0.5, 0.5)).toBeGreaterThan(230)
      expect(await grey(recording, 0.02, 0.5)).toBeLessThan(40)
    },
  )

  it('that is transparent lies on the dark ground', async () => {
    const half = "color=white:s=320x180,format=rgba,geq=r=255:g=255:b=255:a='if(lt(X,160),255,0)'"
    const slate = await encode(
      'image',
      await make('half.png', ['-f', 'lavfi', '-i', half, '-frames:v', '1']),
      'image/png',
    )
    const recording = await record(slate, '180p', 1)
    expect(await grey(recording, 0.2, 0.5)).toBeGreaterThan(230)
    expect(await grey(recording, 0.8, 0.5)).toBeLessThan(40)
  })

  it('of 100 megapixels is refused in words before it fills the memory', async () => {
    const bomb = await make('bomb.png', [
      '-f',
      'lavfi',
      '-i',
      'color=black:s=10000x10000',
      '-frames:v',
      '1',
      '-pix_fmt',
      'gray',
    ])
    await expect(encode('image', bomb, 'image/png')).rejects.toThrow(/can't be read: it is damaged, too large/)
  })
})

describe('a video', () => {
  it.each([
    ['as it often is', {}, {}],
    ['at 29.97 frames per second, in a stream of 25', { fps: '30000/1001' }, {}],
    ['with B-frames, in a stream with B-frames', { bFrames: 2 }, { latencyMode: 'high_quality' }],
    ['of 44.1 kHz and one channel', { sampleRate: 44_100, channels: 1 }, {}],
  ] as const)('%s loops without a seam, its sound beside its pictures', async (_, fixture, planned) => {
    const clip = await mp4Fixture({ ...small, pattern: 'flash', seconds: 2.6, ...fixture })
    const percents: number[] = []
    const wanted = smallPlan(described(), planned)
    const slate = await encode('video', clip, 'video/mp4', { plan: wanted, onPercent: (at) => percents.push(at) })
    const recording = await record(slate, '180p', 13)
    expect(await decodeErrors(recording)).toEqual([])
    const { flashes, beeps } = await flashesAndBeeps(recording)
    expect(flashes.length).toBeGreaterThanOrEqual(14)
    expect(beeps.length - flashes.length).toBeLessThanOrEqual(1)
    const delay = (slate.video.get('180p')?.[0]?.compositionOffset ?? 0) / 90_000
    for (const [index, flash] of flashes.entries()) {
      const lap = Math.floor((flash - delay + 0.001) / 2.6)
      expect([0, 1, 2].some((second) => Math.abs(flash - delay - lap * 2.6 - second) <= 0.041)).toBe(true)
      expect(Math.min(...beeps.map((beep) => Math.abs(beep - flash))), `flash ${index}`).toBeLessThanOrEqual(0.04)
    }
    expect(percents.at(-1)).toBe(100)
    expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  })

  it('without a pause in its sound has none at the seam either', async () => {
    const tone = ['-f', 'lavfi', '-i', 'sine=frequency=400:sample_rate=48000']
    const picture = ['-f', 'lavfi', '-i', 'color=gray:s=320x180:r=25']
    // 2.6 s are 1,040 whole waves, but no whole number of AAC frames.
    const clip = await make('tone.mov', [...picture, ...tone, '-t', '2.6', '-c:a', 'pcm_s16le'])
    const slate = await encode('video', clip, 'video/quicktime')
    const recording = await record(slate, '180p', 30)
    const { stdout } = await execa('ffmpeg', ['-v', 'error', '-i', recording, '-ac', '1', '-f', 'f32le', '-'], {
      encoding: 'buffer',
    })
    const wave = new Float32Array(stdout.buffer, stdout.byteOffset, stdout.byteLength >> 2)
    // Each sample of a pure tone follows from the two before it; a seam that is heard does not.
    const turn = 2 * Math.cos((2 * Math.PI * 400) / 48_000)
    const breaks = wave.map((sample, at) => Math.abs(sample - turn * (wave[at - 1] ?? 0) + (wave[at - 2] ?? 0)))
    expect(wave.length).toBeGreaterThan(29 * 48_000)
    expect(breaks.subarray(4_800).reduce((most, each) => Math.max(most, each), 0)).toBeLessThan(0.001)
    expect(wave.subarray(0, 48_000).reduce((most, each) => Math.max(most, each), 0)).toBeGreaterThan(0.15)
  })

  it.each([
    ['webm', 'video/webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus']],
    ['mov', 'video/quicktime', ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'pcm_s16le']],
  ] as const)('may be a .%s', async (extension, type, codecs) => {
    const clip = await mp4Fixture({ ...small, pattern: 'flash', seconds: 2 })
    const slate = await encode('video', await make(`clip.${extension}`, ['-i', clip, ...codecs]), type)
    const { flashes, beeps } = await flashesAndBeeps(await record(slate, '120p', 6))
    expect(flashes.length).toBeGreaterThanOrEqual(5)
    for (const flash of flashes)
      expect(Math.min(...beeps.map((beep) => Math.abs(beep - flash)))).toBeLessThanOrEqual(0.04)
  })

  it('without sound is silent, and one of silence as well', async () => {
    expect(
      (await encode('video', await mp4Fixture({ ...small, seconds: 2, audio: false }), 'video/mp4')).sound,
    ).toBeNull()
    const mute = [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=320x180:r=25',
      '-f',
      'lavfi',
      '-i',
      'anullsrc',
      '-t',
      '1.5',
      '-c:a',
      'aac',
    ]
    expect((await encode('video', await make('mute.mp4', mute), 'video/mp4')).sound).toBeNull()
  })

  it.each([
    ['a loud one', 0.9, 0],
    ['a quiet one', 0.08, 0],
    ['a quiet one with loud clicks', 0.15, 0.9],
  ])('(%s) comes out at −16 LUFS with its peaks under −1.5 dBTP', async (name, level, click) => {
    // Most of what programmes hold is low; AAC leaves out the top of white noise.
    const noise = `aevalsrc='${level}*(random(0)*2-1)+${click}*lt(mod(t,0.5),0.002)':s=48000:d=4,lowpass=f=3000`
    const picture = 'color=gray:s=320x180:r=25:d=4'
    const clip = await make(`${name}.mp4`, [
      '-f',
      'lavfi',
      '-i',
      picture,
      '-f',
      'lavfi',
      '-i',
      noise,
      '-c:a',
      'aac',
      '-b:a',
      '256k',
    ])
    const { lufs, peakDb } = await loudnessOf(await record(await encode('video', clip, 'video/mp4'), '180p', 12))
    expect(Math.abs(lufs + 16)).toBeLessThanOrEqual(1)
    expect(peakDb).toBeLessThan(-1.5)
  })

  it('in a session whose source passes untouched is made to that source’s size, rate and sound', async () => {
    const source = described({ width: 426, height: 240, fps: 30 })
    const audio = { codec: 'aac', sample_rate: 44_100, channels: 1 } as const
    const ladder = { preset: 'source' } as const
    const passed = planPassthrough({
      ladder,
      latencyMode: 'tutorial',
      encoderPreset: null,
      source: { ...source, audio },
      encodeUnits: 1,
    })
    if (!('plan' in passed)) throw new Error(passed.reason)
    const clip = await mp4Fixture({ ...small, pattern: 'flash', seconds: 2.6 })
    const slate = await encode('video', clip, 'video/mp4', { plan: passed.plan })
    const [audioTrack, videoTrack] = slate.tracks
    expect(audioTrack).toMatchObject({ kind: 'audio', sampleRate: 44_100, channels: 1, timescale: 44_100 })
    expect(videoTrack).toMatchObject({ width: 426, height: 240, frameDuration: 3_000 })
    const { flashes, beeps } = await flashesAndBeeps(await record(slate, 'source', 10), 30)
    for (const flash of flashes)
      expect(Math.min(...beeps.map((beep) => Math.abs(beep - flash)))).toBeLessThanOrEqual(0.04)
    expect(convertTicks(slate.sound?.periodTicks ?? 0, 44_100, 90_000) % 3_000).toBe(0)
  })
})

describe('a file that can not be shown', () => {
  it.each([
    ['has no picture', { video: false, seconds: 2 }, /There is no picture in the video/],
    ['is shorter than a second', { seconds: 0.5 }, /shorter than a second/],
  ])('because it %s says so', async (_, fixture, words) => {
    await expect(encode('video', await mp4Fixture({ ...small, ...fixture }), 'video/mp4')).rejects.toThrow(words)
  })

  it('because it is of another kind than its name is never read as that kind', async () => {
    const secret = file('secret.txt')
    await writeFile(secret, 'secret')
    for (const text of [
      `ffconcat version 1.0\nfile '${secret}'\n`,
      `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    ]) {
      await writeFile(file('trick'), text)
      for (const [kind, type] of [
        ['video', 'video/mp4'],
        ['video', 'video/webm'],
        ['image', 'image/png'],
      ] as const)
        await expect(encode(kind, file('trick'), type)).rejects.toThrow(SlateError)
    }
  })

  it('because it is damaged is refused in words, or shown as far as it goes, and never more than that', async () => {
    const random = new SeededRandom(20_261_122)
    const picture = await readFile(
      await make('whole.png', ['-f', 'lavfi', '-i', 'testsrc2=s=160x90', '-frames:v', '1']),
    )
    const clip = await readFile(await mp4Fixture({ ...small, pattern: 'flash', seconds: 1.2 }))
    const outcomes = { shown: 0, refused: 0 }
    for (let round = 0; round < 24; round++) {
      const [kind, bytes, type] =
        round % 2 ? (['image', picture, 'image/png'] as const) : (['video', clip, 'video/mp4'] as const)
      await writeFile(file('damaged'), mutate(mutate(bytes, random), random))
      await encode(kind, file('damaged'), type).then(
        () => outcomes.shown++,
        (error: unknown) => {
          expect(error).toBeInstanceOf(SlateError)
          outcomes.refused++
        },
      )
    }
    expect(outcomes.shown + outcomes.refused).toBe(24)
    expect(outcomes.refused).toBeGreaterThan(3)
  })

  it('because nobody waits for it any more leaves nothing behind', async () => {
    const abort = new AbortController()
    const clip = await mp4Fixture({ ...small, seconds: 30, fps: 30 })
    const before = await readdir(cacheDir)
    const encoding = encode('video', clip, 'video/mp4', { signal: abort.signal, onPercent: () => abort.abort() })
    await expect(encoding).rejects.toThrow(/abort/i)
    expect(await readdir(cacheDir)).toEqual(before)
  })
})
