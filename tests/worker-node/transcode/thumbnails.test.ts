import { execa } from 'execa'
import { beforeAll, describe, expect, it } from 'vitest'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { JpegReader } from '#worker/transcode/thumbnails.ts'

let jpegs: Buffer[]
beforeAll(async () => {
  jpegs = await Promise.all(
    [0, 1, 2].map(async (second) => {
      const { stdout } = await execa(
        'ffmpeg',
        [
          ...['-loglevel', 'error', '-nostdin', '-f', 'lavfi', '-i', `testsrc2=s=160x${90 + 10 * second}`],
          ...['-frames:v', '1', '-pix_fmt', 'yuvj420p', '-f', 'image2pipe', '-c:v', 'mjpeg', '-'],
        ],
        { encoding: 'buffer' },
      )
      return Buffer.from(stdout)
    }),
  )
})

function cut(bytes: Buffer, size: () => number): Buffer[] {
  const found: Buffer[] = []
  const reader = new JpegReader((jpeg) => found.push(jpeg))
  for (let start = 0, end = 0; start < bytes.length; start = end) {
    end = start + size()
    reader.push(bytes.subarray(start, end))
  }
  return found
}
const hex = (list: readonly Buffer[]) => list.map((each) => each.toString('hex'))

describe('snapshots cut from FFmpeg’s stream of pictures', () => {
  it('are the pictures that went in, wherever the chunks end', () => {
    const random = new SeededRandom(3)
    for (const size of [() => 1, () => 2, () => 7, () => 1_000, () => 1e6, () => 1 + random.below(500)])
      expect(hex(cut(Buffer.concat(jpegs), size))).toEqual(hex(jpegs))
  })

  it('do not end at what looks like an end inside a table or a comment', () => {
    const comment = Buffer.from('fffe0006ffd9ffd8', 'hex')
    const [first] = jpegs as [Buffer]
    const tricky = Buffer.concat([first.subarray(0, 2), comment, first.subarray(2)])
    expect(hex(cut(tricky, () => 5))).toEqual(hex([tricky]))
  })

  it('skip what is no picture and what only begins like one', () => {
    const [first, second] = jpegs as [Buffer, Buffer]
    const stream = Buffer.concat([Buffer.from('noise'), first, Buffer.from('ffd800112233', 'hex'), second])
    for (const size of [1, 3, 1e6]) expect(hex(cut(stream, () => size))).toEqual(hex([first, second]))
  })

  it('come again after one that never ends, which is thrown away', () => {
    const [first] = jpegs as [Buffer]
    const found: Buffer[] = []
    const reader = new JpegReader((jpeg) => found.push(jpeg))
    reader.push(first.subarray(0, -2))
    for (let megabytes = 0; megabytes < 5; megabytes++) reader.push(Buffer.alloc(1024 * 1024))
    expect(found).toEqual([])
    reader.push(first)
    expect(hex(found)).toEqual(hex([first]))
  })

  it('survive damage without an error', () => {
    const random = new SeededRandom(9)
    const stream = Buffer.concat(jpegs)
    for (let round = 0; round < 1_000; round++)
      for (const jpeg of cut(mutate(stream, random), () => 1 + random.below(4_000)))
        expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8')
  })
})
