import { describe, expect, it } from 'vitest'
import { SeededRandom } from '#tests/support/random.ts'
import { Amf0EcmaArray, type Amf0Value, decodeAmf0, encodeAmf0 } from '#worker/rtmp/amf0.ts'
import { RtmpProtocolError } from '#worker/rtmp/protocol-error.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** Each marker of the AMF0 specification §2, written out by hand. */
const vectors: readonly (readonly [string, string, Amf0Value])[] = [
  ['a number (§2.2)', '00 3ff0000000000000', 1],
  ['a boolean (§2.3)', '01 01', true],
  ['a string (§2.4)', '02 0003 616263', 'abc'],
  ['a string in UTF-8', '02 0002 c3a9', 'é'],
  ['an object (§2.5)', '03 0001 61 00 4000000000000000 000009', { a: 2 }],
  ['null (§2.7)', '05', null],
  ['undefined (§2.8)', '06', undefined],
  ['a strict array (§2.12)', '0a 00000002 0100 05', [false, null]],
  ['a date (§2.13)', '0b 4076d00000000000 0000', new Date(365)],
]

describe('encodeAmf0', () => {
  it.each(vectors)('writes %s', (_, hex, value) => {
    expect(encodeAmf0(value)).toEqual(bytes(hex))
  })

  it('writes an ECMA array with its count (§2.10)', () => {
    expect(encodeAmf0(new Amf0EcmaArray({ a: true }))).toEqual(bytes('08 00000001 0001 61 0101 000009'))
  })

  it('writes a string over 65,535 bytes as a long string (§2.14)', () => {
    const encoded = encodeAmf0('x'.repeat(65_536))
    expect(encoded.subarray(0, 6)).toEqual(bytes('0c 00010000 78'))
    expect(encoded.length).toBe(5 + 65_536)
  })
})

describe('decodeAmf0', () => {
  it.each(vectors)('reads %s', (_, hex, value) => {
    expect(decodeAmf0(bytes(hex))).toEqual([value])
  })

  it('reads an ECMA array whatever count it claims', () => {
    expect(decodeAmf0(bytes('08 00000000 0001 61 0101 000009'))).toEqual([{ a: true }])
    expect(decodeAmf0(bytes('08 ffffffff 0001 61 0101 000009'))).toEqual([{ a: true }])
  })

  it('reads typed objects, XML and unsupported as what they hold', () => {
    expect(decodeAmf0(bytes('10 0001 43 0001 61 05 000009'))).toEqual([{ a: null }])
    expect(decodeAmf0(bytes('0f 00000002 3c3e'))).toEqual(['<>'])
    expect(decodeAmf0(bytes('0d'))).toEqual([undefined])
  })

  it('reads an empty property name that is not the end', () => {
    expect(decodeAmf0(bytes('03 0000 0101 000009'))).toEqual([{ '': true }])
  })

  it('keeps a property called __proto__ away from the prototype', () => {
    const [value] = decodeAmf0(encodeAmf0(JSON.parse('{"__proto__": {"polluted": true}}')))
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.keys(value as object)).toEqual(['__proto__'])
  })

  it.each([
    ['a string longer than the message', '02 ffff 61'],
    ['a number cut short', '00 3ff0'],
    ['an object without an end', '03 0001 61 05'],
    ['a strict array that claims four billion values', '0a ffffffff'],
    ['a long string that claims four gigabytes', '0c ffffffff 61'],
    ['a reference (§2.9)', '07 0000'],
    ['AMF3 (§3.1)', '11 06'],
    ['a movie clip (§2.6)', '04'],
    ['a stray object end', '09'],
    ['an unknown marker', 'ff'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeAmf0(bytes(hex))).toThrow(RtmpProtocolError)
  })

  it('refuses values that nest too deep, long before the stack ends', () => {
    const nested = (depth: number) => Buffer.concat([Buffer.alloc(5 * depth, bytes('0a00000001')), Buffer.of(5)])
    expect(decodeAmf0(nested(16))).toHaveLength(1)
    expect(() => decodeAmf0(nested(17))).toThrow('nests deeper than 16')
    expect(() => decodeAmf0(nested(13_000))).toThrow(RtmpProtocolError)
  })

  it('refuses too many values and too many bytes', () => {
    expect(() => decodeAmf0(Buffer.alloc(4_097, 5))).toThrow('more than 4096 values')
    expect(() => decodeAmf0(Buffer.alloc(65_537, 5))).toThrow('longer than 65536 bytes')
  })

  it('gives back 2,000 random values as they were', () => {
    const random = new SeededRandom(1)
    for (let round = 0; round < 2_000; round++) {
      const values = Array.from({ length: 1 + random.below(4) }, () => randomValue(random, 0))
      expect(decodeAmf0(encodeAmf0(...values))).toEqual(values)
    }
  })
})

function randomValue(random: SeededRandom, depth: number): Amf0Value {
  switch (random.below(depth < 4 ? 9 : 6)) {
    case 0:
      return random.pick([0, -0, 1e300, Number.POSITIVE_INFINITY, Number.NaN, random.fraction()])
    case 1:
      return random.below(2) === 1
    case 2:
      return random.bytes(random.below(20)).toString('base64')
    case 3:
      return null
    case 4:
      return undefined
    case 5:
      return new Date(random.below(2 ** 40))
    case 6:
      return Array.from({ length: random.below(4) }, () => randomValue(random, depth + 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, (_, index) => [
          `${index}${random.below(9)}é`,
          randomValue(random, depth + 1),
        ]),
      )
  }
}
