import { execa } from 'execa'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { fixtureTags } from '#tests/support/odd-sources.ts'
import { ffmpeg } from '#tests/support/transcode-run.ts'
import type { AudioTrack } from '#worker/media/sample.ts'
import { FlvSamples } from '#worker/transcode/flv-samples.ts'
import { type SoundBlock, toLufs } from '#worker/transcode/loudness.ts'
import { PassedSound } from '#worker/transcode/passed-sound.ts'

let over = new AbortController()
afterEach(() => {
  over.abort()
  over = new AbortController()
})

/** Lets it hear a tone of −21 dBFS as AAC of this kind. */
async function hear(fixture: { sampleRate?: number; channels?: number }): Promise<SoundBlock[]> {
  const blocks: SoundBlock[] = []
  const sound = new PassedSound({ ffmpeg: await ffmpeg, signal: over.signal, onSound: (block) => blocks.push(block) })
  const samples = new FlvSamples({
    ...{ videoId: 'video', audioId: 'audio', videoBitrate: 0, audioBitrate: 0, frameDuration: 3_600 },
    onTrack: (track) => {
      if (track.kind === 'audio') sound.begin(track)
    },
    onSample: (id, sample) => {
      if (id === 'audio') sound.sample(sample)
    },
  })
  for (const { kind, timestampMs, payload } of await fixtureTags({ seconds: 4, pattern: 'motion', ...fixture }))
    samples.take({ type: kind === 'audio' ? 8 : 9, timestampMs, payload })
  await eventually('it was heard', () => blocks.length >= 30)
  sound.end()
  return blocks
}

describe('sound that goes out as it came', () => {
  it.each([{}, { sampleRate: 44_100 }, { channels: 1 }, { sampleRate: 32_000, channels: 1 }])(
    'is measured: %o',
    async (fixture) => {
      const blocks = await hear(fixture)
      expect(Math.abs(toLufs(blocks[20]!.power) + 21)).toBeLessThan(2)
    },
  )

  it('is not decoded where ADTS can’t tell what it is', async () => {
    const sound = new PassedSound({ ffmpeg: await ffmpeg, signal: over.signal, onSound: () => {} })
    // Object type 42 (xHE-AAC), written with an escape.
    const track = { decoderConfig: Buffer.from('f94640', 'hex') } as unknown as AudioTrack
    sound.begin(track)
    const payload = Buffer.alloc(100)
    for (let frame = 0; frame < 100; frame++)
      sound.sample({ dts: frame * 1_024, compositionOffset: 0, duration: 1_024, keyframe: true, payload })
    const { stdout } = await execa('ps', ['--ppid', String(process.pid), '-o', 'args='], { reject: false })
    expect(stdout).not.toContain('-f aac')
  })
})
