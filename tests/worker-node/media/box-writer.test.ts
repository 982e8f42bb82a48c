import { describe, expect, it } from 'vitest'
import { childBoxes } from '#worker/media/box-reader.ts'
import { box, fullBox, sizeOf, u8, u16, u32, u64, writeBoxes } from '#worker/media/box-writer.ts'

describe('the box writer', () => {
  it('writes size, type and content in order, big-endian', () => {
    const written = writeBoxes(box('abcd', u8(1, 255), u16(0x0203), u32(0x04050607), u64(0x0809_0a0b_0c0d)))
    expect(written.toString('hex')).toBe(`0000001861626364${'01ff020304050607'}${'000008090a0b0c0d'}`)
  })

  it('measures nested boxes before it writes them', () => {
    const nested = box('outr', box('innr', new Uint8Array(5), 'text'), fullBox('full', 1, 0x20000))
    const written = writeBoxes(nested)
    expect(written.length).toBe(sizeOf(nested))
    const [outer] = childBoxes(written)
    expect(childBoxes(outer!.body).map(({ type, body }) => [type, body.length])).toEqual([
      ['innr', 9],
      ['full', 4],
    ])
    expect(written.subarray(-4).toString('hex')).toBe('01020000')
  })

  it('keeps signed values, and times past 32 bits', () => {
    expect(writeBoxes(u32(-1, 0xffffffff)).toString('hex')).toBe('ffffffffffffffff')
    expect(writeBoxes(u64(2 ** 40 + 1)).readBigUInt64BE()).toBe(2n ** 40n + 1n)
  })
})
