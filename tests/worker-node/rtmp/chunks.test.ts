import { describe, expect, it } from 'vitest'
import { SeededRandom } from '#tests/support/random.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { messageType, type RtmpMessage, setChunkSize } from '#worker/rtmp/messages.ts'
import { RtmpProtocolError } from '#worker/rtmp/protocol-error.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const read = (...parts: Buffer[]) => [...new ChunkReader().push(Buffer.concat(parts))]
const message = (over: Partial<RtmpMessage> = {}): RtmpMessage => ({
  type: messageType.video,
  timestamp: 1_000,
  streamId: 1,
  payload: Buffer.alloc(307, 0x42),
  ...over,
})

describe('encodeMessage', () => {
  it("cuts the specification's example 2 (§5.3.2.2) into three chunks", () => {
    const encoded = encodeMessage(message({ streamId: 12_346 }), 128, 4)
    expect(encoded.subarray(0, 12)).toEqual(bytes('04 0003e8 000133 09 3a300000'))
    expect(encoded[12 + 128]).toBe(0xc4)
    expect(encoded[12 + 128 + 1 + 128]).toBe(0xc4)
    expect(encoded.length).toBe(12 + 128 + 1 + 128 + 1 + 51)
  })

  it('repeats an extended timestamp in every chunk (§5.3.1.3)', () => {
    const encoded = encodeMessage(message({ timestamp: 0xffffff, payload: Buffer.alloc(200) }), 128, 6)
    expect(encoded.subarray(0, 4)).toEqual(bytes('06 ffffff'))
    expect(encoded.subarray(12, 16)).toEqual(bytes('00ffffff'))
    expect(encoded.subarray(16 + 128, 16 + 128 + 5)).toEqual(bytes('c6 00ffffff'))
  })

  it('leaves out the continuation where the payload ends with a chunk', () => {
    expect(encodeMessage(message({ payload: Buffer.alloc(128) }), 128, 6).length).toBe(12 + 128)
    expect(encodeMessage(message({ payload: Buffer.alloc(0) }), 128, 6).length).toBe(12)
  })
})

describe('ChunkReader', () => {
  it("reads the specification's example 1 (§5.3.2.1): four audio messages, later headers shorter", () => {
    const payload = Buffer.alloc(32, 7)
    const messages = read(
      bytes('03 0003e8 000020 08 39300000'),
      payload,
      bytes('83 000014'),
      payload,
      bytes('c3'),
      payload,
      bytes('c3'),
      payload,
    )
    expect(messages.map((each) => each.timestamp)).toEqual([1_000, 1_020, 1_040, 1_060])
    expect(messages.every((each) => each.streamId === 12_345 && each.payload.equals(payload))).toBe(true)
  })

  it('repeats the timestamp of a type 0 header as the delta of a type 3 header (§5.3.1.2.4)', () => {
    const messages = read(bytes('03 000064 000001 08 00000000 aa c3 bb'))
    expect(messages.map((each) => each.timestamp)).toEqual([100, 200])
  })

  it('reads chunk stream ids of two and three bytes (§5.3.1.1)', () => {
    const messages = read(bytes('00 00 000000 000001 08 00000000 aa'), bytes('01 0001 000000 000001 09 00000000 bb'))
    expect(messages.map((each) => each.type)).toEqual([8, 9])
  })

  it('keeps interleaved messages of two chunk streams apart', () => {
    const first = encodeMessage(message({ payload: Buffer.alloc(200, 1) }), 128, 4)
    const second = encodeMessage(message({ payload: Buffer.alloc(200, 2) }), 128, 6)
    const messages = read(first.subarray(0, 140), second.subarray(0, 140), first.subarray(140), second.subarray(140))
    expect(messages.map((each) => each.payload[199])).toEqual([1, 2])
  })

  it('adds extended deltas, and wraps at 32 bits', () => {
    const messages = read(
      bytes('03 ffffff 000001 08 00000000 ffffff00 aa'),
      bytes('83 ffffff 01000000 bb'),
      bytes('c3 01000000 cc'),
    )
    expect(messages.map((each) => each.timestamp)).toEqual([0xffffff00, 0x00ffff00, 0x01ffff00])
  })

  it('reads encoders that leave the extended timestamp out of type 3 chunks', () => {
    const payload = Buffer.alloc(200, 9)
    const messages = read(
      bytes('06 ffffff 0000c8 09 01000000 01000000'),
      payload.subarray(0, 128),
      bytes('c6'),
      payload.subarray(128),
    )
    expect(messages).toEqual([message({ timestamp: 0x1000000, payload })])
  })

  it('opens a chunk stream with a type 1 header, as librtmp does', () => {
    expect(read(bytes('42 000000 000004 05 002625a0'))).toMatchObject([{ type: 5, streamId: 0 }])
  })

  it('obeys Set Chunk Size between messages', () => {
    const big = message({ payload: Buffer.alloc(5_000, 3) })
    expect(
      read(encodeMessage(big, 128, 6), encodeMessage(setChunkSize(4_096), 128, 2), encodeMessage(big, 4_096, 6)),
    ).toEqual([big, big])
  })

  it('drops a half-read message on Abort (§5.4.2)', () => {
    const half = encodeMessage(message(), 128, 4).subarray(0, 140)
    const abort: RtmpMessage = { type: messageType.abort, timestamp: 0, streamId: 0, payload: bytes('00000004') }
    const whole = message({ payload: Buffer.of(5) })
    expect(read(half, encodeMessage(abort, 128, 2), encodeMessage(whole, 128, 4))).toEqual([whole])
  })

  it('parses only as far as it is asked', () => {
    const reader = new ChunkReader()
    const small = encodeMessage(message({ payload: Buffer.alloc(4) }), 128, 4)
    const forbidden = encodeMessage(message({ payload: Buffer.alloc(100) }), 128, 4)
    for (const each of reader.push(Buffer.concat([small, forbidden]))) {
      expect(each.payload.length).toBe(4)
      break
    }
    reader.maxMessageBytes = 50
    expect(() => [...reader.messages()]).toThrow('longer than 50 bytes')
  })

  it.each([
    ['a chunk stream that begins with type 3', 'c3'],
    ['a chunk stream that begins with type 2', '83 000014'],
    [
      'a message that begins inside another',
      `03 000000 000100 08 00000000 ${'00'.repeat(128)} 03 000000 000100 08 00000000`,
    ],
    ['a chunk size of 0', '02 000000 000004 01 00000000 00000000'],
    ['a chunk size with its top bit set', '02 000000 000004 01 00000000 80000000'],
    ['a Set Chunk Size without a size', '02 000000 000001 01 00000000 00'],
  ])('refuses %s', (_, hex) => {
    expect(() => read(bytes(hex))).toThrow(RtmpProtocolError)
  })

  it('refuses a message over the limit by its header alone', () => {
    expect(() => read(bytes('03 000000 ffffff 09 00000000'))).toThrow('longer than 8388608 bytes')
  })

  it('refuses a third big message while two are half-sent', () => {
    const reader = new ChunkReader({ maxMessageBytes: 1_000, maxChunkStreams: 64 })
    const half = (id: number) => encodeMessage(message({ payload: Buffer.alloc(1_000) }), 128, id).subarray(0, 140)
    expect(() => [...reader.push(Buffer.concat([half(4), half(5), half(6)]))]).toThrow('half-sent')
  })

  it('refuses the 65th chunk stream', () => {
    const open = (id: number) => encodeMessage(message({ payload: Buffer.of(1) }), 128, id)
    const streams = Array.from({ length: 62 }, (_, index) => open(2 + index))
    expect(read(...streams)).toHaveLength(62)
    const more = ['00 00', '00 01', '00 02'].map((id) => bytes(`${id} 000000 000001 08 00000000 aa`))
    expect(() => read(...streams, ...more)).toThrow('more than 64 chunk streams')
  })

  it('gives back 1,000 random message sequences, cut anywhere', () => {
    const random = new SeededRandom(2)
    for (let round = 0; round < 1_000; round++) {
      let chunkSize = 128
      const sent: RtmpMessage[] = []
      const wire: Buffer[] = []
      for (let count = 1 + random.below(6); count > 0; count--) {
        if (random.below(3) === 0) {
          const size = random.pick([1, 127, 4_096, 65_536, 1 + random.below(500)])
          wire.push(encodeMessage(setChunkSize(size), chunkSize, 2))
          chunkSize = size
        }
        const each = message({
          type: random.pick([8, 9, 18, 20]),
          timestamp: random.pick([0, random.below(2 ** 24), 0xfffffe, 0xffffff, 0xffffffff, random.below(2 ** 32)]),
          streamId: random.below(3),
          payload: random.bytes(random.below(900)),
        })
        sent.push(each)
        wire.push(encodeMessage(each, chunkSize, 3 + random.below(61)))
      }
      expect(readInPieces(Buffer.concat(wire), random)).toEqual(sent)
    }
  })
})

function readInPieces(wire: Buffer, random: SeededRandom): RtmpMessage[] {
  const reader = new ChunkReader()
  const messages: RtmpMessage[] = []
  for (let at = 0; at < wire.length; ) {
    const end = at + 1 + random.below(random.pick([2, 40, 2_000]))
    messages.push(...reader.push(wire.subarray(at, end)))
    at = end
  }
  return messages
}
