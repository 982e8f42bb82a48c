import { describe, expect, it } from 'vitest'
import { seededRandom } from '#tests/support/live-samples.ts'
import { MediaFormatError } from '#worker/media/box-reader.ts'
import { parameterSetsOf, withParameterSets } from '#worker/media/parameter-sets.ts'

const record = Buffer.from('0164001fff' + 'e2' + '000267aa' + '000367bbcc' + '01' + '000168', 'hex')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('parameter sets of a decoder configuration', () => {
  it('come as they stand in samples, the sequence ones first', () => {
    expect(hex(parameterSetsOf(record))).toBe('0000000267aa' + '0000000367bbcc' + '0000000168')
  })

  it('have lengths of as many bytes as the record says', () => {
    const short = Buffer.from(record)
    short[4] = 0xfd
    expect(hex(parameterSetsOf(short))).toBe('000267aa' + '000367bbcc' + '000168')
  })

  it('are none in a record that has none', () => {
    expect(parameterSetsOf(Buffer.from('0142c01effe000', 'hex'))).toHaveLength(0)
  })

  it('of a damaged record are a typed error, or bytes of it', () => {
    const random = seededRandom(1)
    for (let round = 0; round < 3_000; round += 1) {
      const damaged = Buffer.from(record.subarray(0, Math.ceil(random() * record.length)))
      damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
      try {
        expect(parameterSetsOf(damaged).length).toBeLessThan(300)
      } catch (error) {
        expect(error).toBeInstanceOf(MediaFormatError)
      }
    }
  })
})

describe('a picture with parameter sets', () => {
  const sets = Uint8Array.of(0, 0, 0, 1, 0x67)

  it('begins with them, and shares its memory', () => {
    const picture = Uint8Array.of(0, 0, 0, 2, 0x65, 1)
    expect(withParameterSets(picture, sets)).toEqual([sets, picture])
    expect(withParameterSets(picture, sets)[1]).toBe(picture)
  })

  it('has them after an access unit delimiter, which nothing may precede', () => {
    const picture = Uint8Array.of(0, 0, 0, 2, 9, 0x10, 0, 0, 0, 2, 0x65, 1)
    const [delimiter, between, rest] = withParameterSets(picture, sets)
    expect([hex(delimiter!), between, hex(rest!)]).toEqual(['000000020910', sets, '000000026501'])
    expect(rest!.buffer).toBe(picture.buffer)
  })

  it('is taken as it is where the delimiter claims more bytes than there are', () => {
    const picture = Uint8Array.of(0, 0, 9, 2, 9, 0x10)
    expect(withParameterSets(picture, sets)).toEqual([sets, picture])
  })
})
