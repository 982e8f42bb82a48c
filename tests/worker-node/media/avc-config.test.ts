import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { flvFixture } from '#tests/support/media.ts'
import { avcConfig, describeAvcConfig, parameterSetsIn, readParameterSets } from '#worker/media/avc-config.ts'
import { FlvReader } from '#worker/media/flv-reader.ts'

/** The H.264 header of a real file. */
async function realConfig(): Promise<Buffer> {
  const configs: Buffer[] = []
  const reader = new FlvReader(({ type, payload }) => {
    if (type === 9 && payload[1] === 0) configs.push(payload.subarray(5))
  })
  reader.push(await readFile(await flvFixture({ width: 320, height: 180, seconds: 2 })))
  return configs[0]!
}

describe('the configuration of an H.264 source', () => {
  it('can be taken apart and put together again', async () => {
    const config = await realConfig()
    const sets = readParameterSets(config)!
    expect(readParameterSets(avcConfig(sets))).toEqual(sets)
    expect(describeAvcConfig(config)).toMatchObject({ width: 320, height: 180, fps: 25 })
  })

  it('is found inside a keyframe, and nowhere else', async () => {
    const { sps, pps } = readParameterSets(await realConfig())!
    const unit = (bytes: Uint8Array) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return Buffer.concat([length, bytes])
    }
    const slice = unit(Uint8Array.of(0x65, 1, 2, 3))
    const keyframe = Buffer.concat([unit(Uint8Array.of(9, 16)), unit(sps), unit(pps[0]!), slice])
    expect(parameterSetsIn(keyframe)).toEqual({ sps: Buffer.from(sps), pps: [Buffer.from(pps[0]!)] })
    expect(parameterSetsIn(slice)).toBeUndefined()
    expect(parameterSetsIn(Buffer.concat([unit(sps), slice]))).toBeUndefined()
    expect(parameterSetsIn(keyframe.subarray(0, 20))).toBeUndefined()
  })

  it('that is cut short anywhere is no configuration', async () => {
    const config = await realConfig()
    const { sps, pps } = readParameterSets(config)!
    const needed = 6 + 2 + sps.length + 1 + 2 + pps[0]!.length
    for (let length = 0; length < needed; length++)
      expect(readParameterSets(config.subarray(0, length))).toBeUndefined()
  })
})
