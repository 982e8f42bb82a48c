import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { flvFixture } from '#tests/support/media.ts'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { MediaFormatError } from '#worker/media/box-reader.ts'
import { FlvReader, type FlvTag } from '#worker/media/flv-reader.ts'

const read = (chunks: readonly Buffer[]): FlvTag[] => {
  const tags: FlvTag[] = []
  const reader = new FlvReader((tag) => tags.push({ ...tag, payload: Buffer.from(tag.payload) }))
  for (const chunk of chunks) reader.push(chunk)
  return tags
}

describe('FLV', () => {
  it('gives the same tags however it is cut', async () => {
    const file = await readFile(await flvFixture({ width: 320, height: 180, seconds: 2 }))
    const whole = read([file])
    expect(new Set(whole.map(({ type }) => type))).toEqual(new Set([8, 9, 18]))
    const random = new SeededRandom(7)
    const pieces: Buffer[] = []
    for (let at = 0; at < file.length; ) {
      const end = Math.min(file.length, at + 1 + (random.below(8) === 0 ? random.below(30_000) : random.below(40)))
      pieces.push(file.subarray(at, end))
      at = end
    }
    expect(read(pieces)).toEqual(whole)
  })

  it('has times of 32 bits', () => {
    const header = Buffer.from('464c5601050000000900000000', 'hex')
    const body = Buffer.from('09 000002 020304 01 000000 aabb 0000000d'.replaceAll(' ', ''), 'hex')
    expect(read([Buffer.concat([header, body])])).toEqual([
      { type: 9, timestampMs: 0x01020304, payload: Buffer.from('aabb', 'hex') },
    ])
  })

  it('is refused when it is something else, or claims a tag of more than 8 MiB', () => {
    expect(() => read([Buffer.from('This is no video at all.')])).toThrow(MediaFormatError)
    const header = Buffer.from('464c5601050000000900000000', 'hex')
    expect(() => read([header, Buffer.from('09ffffff00000000000000', 'hex')])).toThrow(/claims 16777215 bytes/)
  })

  it('that was damaged gives tags or an error of ours, whatever happened to it', async () => {
    const file = (await readFile(await flvFixture({ width: 320, height: 180, seconds: 2 }))).subarray(0, 60_000)
    const random = new SeededRandom(11)
    for (let round = 0; round < 300; round++) {
      try {
        read([Buffer.from(mutate(file, random))])
      } catch (error) {
        expect(error).toBeInstanceOf(MediaFormatError)
      }
    }
  })
})
