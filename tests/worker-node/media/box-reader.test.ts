import { describe, expect, it } from 'vitest'
import { fragmentedVideo } from '#tests/support/fragmented-mp4.ts'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { type Box, BoxReader, childBoxes, descend, findChild, MediaFormatError } from '#worker/media/box-reader.ts'
import { box, u32, u64, writeBoxes } from '#worker/media/box-writer.ts'

const file = fragmentedVideo()

/** What a reader makes of chunks: types and bodies. */
function read(chunks: Iterable<Uint8Array>, limit?: number): [type: string, body: string][] {
  const boxes: [string, string][] = []
  const reader = new BoxReader(({ type, body }) => boxes.push([type, Buffer.from(body).toString('hex')]), limit)
  for (const chunk of chunks) reader.push(chunk)
  return boxes
}

function* chunksOf(bytes: Buffer, size: () => number): Generator<Uint8Array> {
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = start + size()
    yield bytes.subarray(start, end)
  }
}

describe('the box reader', () => {
  it('finds what FFmpeg wrote: a header, then a pair of moof and mdat for each of 25 frames', async () => {
    const types = read([await file]).map(([type]) => type)
    expect(types).toEqual(['ftyp', 'moov', ...Array.from({ length: 25 }, () => ['moof', 'mdat']).flat()])
  })

  it('makes the same of each way to cut the stream', async () => {
    const bytes = await file
    const whole = read([bytes])
    for (const size of [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 63, 1_000, 4_096, 65_536])
      expect(read(chunksOf(bytes, () => size)), `${size} bytes at a time`).toEqual(whole)
    const random = new SeededRandom(1)
    for (let round = 0; round < 50; round++) expect(read(chunksOf(bytes, () => 1 + random.below(3_000)))).toEqual(whole)
  })

  it('makes the same of two chunks wherever the cut is', async () => {
    const bytes = (await file).subarray(0, 6_000)
    const whole = read([bytes])
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole)
  })

  it('knows whether it stands between two boxes', async () => {
    const bytes = await file
    const reader = new BoxReader(() => {})
    reader.push(bytes.subarray(0, -1))
    expect(reader.atBoundary).toBe(false)
    reader.push(bytes.subarray(-1))
    expect(reader.atBoundary).toBe(true)
  })

  it('hands on a box that lies in one chunk without a copy', () => {
    const bytes = writeBoxes(box('free', u32(1, 2, 3)))
    let body: Uint8Array | undefined
    new BoxReader((found) => {
      body = found.body
    }).push(bytes)
    expect(body?.buffer).toBe(bytes.buffer)
  })

  it('takes boxes without a body and with a size of 64 bits, however they are cut', () => {
    const long = writeBoxes(u32(1), 'mdat', u64(20), u32(0xdecade))
    const bytes = Buffer.concat([writeBoxes(box('free')), long, writeBoxes(box('skip'))])
    for (let size = 1; size <= bytes.length; size++) {
      expect(read(chunksOf(bytes, () => size))).toEqual([
        ['free', ''],
        ['mdat', '00decade'],
        ['skip', ''],
      ])
    }
  })

  it.each([
    ['of size 0', u32(0)],
    ['smaller than its header', u32(7)],
    ['over the limit', u32(1_001)],
  ])('refuses a box %s', (_, size) => {
    expect(() => read([writeBoxes(size, 'mdat', u64(0))], 1_000)).toThrow(MediaFormatError)
  })

  it('refuses a box whose size of 64 bits is over the limit before it takes memory for it', () => {
    const before = process.memoryUsage().arrayBuffers
    expect(() => read([writeBoxes(u32(1), 'mdat', u64(2 ** 52))])).toThrow('over the limit')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('meets 4,000 damaged streams with boxes or typed errors, in bounded memory', async () => {
    const bytes = await file
    const random = new SeededRandom(20_261_122)
    let refused = 0
    let largest = 0
    for (let round = 0; round < 4_000; round++) {
      const damaged = mutate(bytes, random)
      let given = 0
      const count = ({ body }: Box) => {
        given += body.length
        largest = Math.max(largest, body.length)
      }
      const reader = new BoxReader(count, 200_000)
      try {
        for (const chunk of chunksOf(damaged, () => 1 + random.below(8_192))) reader.push(chunk)
      } catch (error) {
        expect(error).toBeInstanceOf(MediaFormatError)
        refused++
      }
      expect(given).toBeLessThanOrEqual(damaged.length)
    }
    expect(refused).toBeGreaterThan(100)
    expect(largest).toBeLessThanOrEqual(200_000)
  })
})

describe('boxes inside a box', () => {
  const inner = writeBoxes(box('aaaa', u32(1)), box('bbbb', box('cccc', u32(2))), box('aaaa', u32(3)))

  it('are listed in order and found by type, the first of equal ones', () => {
    expect(childBoxes(inner).map(({ type }) => type)).toEqual(['aaaa', 'bbbb', 'aaaa'])
    expect(Buffer.from(findChild(inner, 'aaaa')!.body).toString('hex')).toBe('00000001')
    expect(findChild(inner, 'zzzz')).toBeUndefined()
  })

  it('are reached along a path; a missing one is named', () => {
    expect(Buffer.from(descend(inner, 'bbbb', 'cccc')).toString('hex')).toBe('00000002')
    expect(() => descend(inner, 'bbbb', 'dddd')).toThrow('The box dddd is missing.')
  })

  it('may not reach beyond it', () => {
    expect(() => childBoxes(inner.subarray(0, -1))).toThrow(MediaFormatError)
    expect(() => childBoxes(inner.subarray(0, 5))).toThrow(MediaFormatError)
  })
})
