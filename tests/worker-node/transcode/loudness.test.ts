import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { asS16, type Stretch, tones } from '#tests/support/sound.ts'
import { IntegratedLoudness } from '#worker/transcode/integrated-loudness.ts'
import { LoudnessMeter, type SoundBlock, toLufs } from '#worker/transcode/loudness.ts'
import { PcmReader } from '#worker/transcode/pcm-reader.ts'

function measure(samples: Float32Array) {
  const blocks: SoundBlock[] = []
  const integrated = new IntegratedLoudness()
  const meter = new LoudnessMeter((block) => {
    blocks.push(block)
    integrated.add(block.power)
  })
  meter.push(samples)
  return { blocks, momentary: toLufs(blocks.at(-1)!.power), integrated: integrated.lufs }
}

const silence = Number.NEGATIVE_INFINITY

describe('loudness', () => {
  // EBU Tech 3341 (2016), table 1, "minimum requirements test signals".
  it.each<[string, number, Stretch[]]>([
    ['case 1', -23, [{ seconds: 20, dbfs: -23 }]],
    ['case 2', -33, [{ seconds: 20, dbfs: -33 }]],
    ['case 3', -23, [-36, -23, -36].map((dbfs, index) => ({ seconds: index === 1 ? 60 : 10, dbfs }))],
    ['case 4', -23, [-72, -36, -23, -36, -72].map((dbfs, index) => ({ seconds: index === 2 ? 60 : 10, dbfs }))],
    ['case 5', -23, [-26, -20, -26].map((dbfs, index) => ({ seconds: index === 1 ? 20.1 : 20, dbfs }))],
  ])('is integrated as %s of EBU Tech 3341 demands', (_, expected, stretches) => {
    expect(Math.abs(measure(tones(stretches)).integrated! - expected)).toBeLessThan(0.1)
  })

  it('is momentary: of the last 0.4 s', () => {
    const { blocks } = measure(
      tones([
        { seconds: 1, dbfs: -40 },
        { seconds: 0.4, dbfs: -20 },
      ]),
    )
    expect(toLufs(blocks[9]!.power)).toBeCloseTo(-40, 1)
    expect(toLufs(blocks[11]!.power)).toBeCloseTo(-23, 0)
    expect(toLufs(blocks[13]!.power)).toBeCloseTo(-20, 1)
  })

  it('of one channel is 3 LU less than of two', () => {
    const { momentary } = measure(tones([{ seconds: 1, dbfs: -20, rightDbfs: silence }]))
    expect(momentary).toBeCloseTo(-23, 1)
  })

  it('of silence is none, and the peak of a block is its largest sample', () => {
    const { blocks, momentary, integrated } = measure(tones([{ seconds: 1, dbfs: silence }]))
    expect({ momentary, integrated }).toEqual({ momentary: silence, integrated: null })
    expect(blocks[0]!.peak).toBe(0)
    expect(measure(tones([{ seconds: 0.1, dbfs: silence, rightDbfs: -6 }])).blocks[0]!.peak).toBeCloseTo(0.501, 2)
  })

  it('is what FFmpeg measures of noise, sound and silence', async () => {
    const { stdout, stderr } = await execa(
      'ffmpeg',
      [
        ...['-hide_banner', '-nostdin', '-nostats', '-f', 'lavfi'],
        ...[
          '-i',
          "anoisesrc=a=0.2:c=brown:r=48000:d=12:seed=7,volume='if(between(t,4,6),0.001,1+0.8*sin(t))':eval=frame",
        ],
        ...['-filter_complex', '[0]asplit[a][b];[b]pan=stereo|c0=c0|c1=0.5*c0,asplit[m][o];[m]ebur128[e]'],
        ...['-map', '[o]', '-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1', '-map', '[e]', '-f', 'null', '-'],
        ...['-map', '[a]', '-f', 'null', '-'],
      ],
      { encoding: 'buffer' },
    )
    const summaries = Buffer.from(stderr)
      .toString()
      .matchAll(/I:\s+(-[\d.]+) LUFS\s+Threshold/g)
    const theirs = Number([...summaries].at(-1)![1])
    const integrated = new IntegratedLoudness()
    const meter = new LoudnessMeter(({ power }) => integrated.add(power))
    const reader = new PcmReader((samples) => meter.push(samples))
    // Chunks that end in the middle of a sample.
    for (let at = 0; at < stdout.length; at += 4_099) reader.push(stdout.subarray(at, at + 4_099))
    expect(Math.abs(integrated.lufs! - theirs)).toBeLessThan(0.2)
  })
})

describe('the reader of raw sound', () => {
  it('gives every sample once, whatever the chunks', () => {
    const bytes = asS16(tones([{ seconds: 0.01, dbfs: -6, rightDbfs: -20 }]))
    const read = (chunkBytes: number) => {
      const samples: number[] = []
      const reader = new PcmReader((some) => samples.push(...some))
      for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.subarray(at, at + chunkBytes))
      return samples
    }
    expect(read(bytes.length)).toHaveLength(960)
    for (const chunkBytes of [1, 3, 5, 1_001]) expect(read(chunkBytes)).toEqual(read(bytes.length))
  })
})
