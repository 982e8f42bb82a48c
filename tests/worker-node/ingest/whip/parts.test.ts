import { describe, expect, it } from 'vitest'
import { RtcpPacketConverter, RtpHeader, RtpPacket as WeriftRtpPacket } from 'werift'
import { BitrateAdvice, QueueMeter } from '#worker/ingest/whip/bitrate-advice.ts'
import { FrameRateMeter } from '#worker/ingest/whip/frame-rate-meter.ts'
import { H264Depacketizer } from '#worker/ingest/whip/h264-depacketizer.ts'
import { iceServerLinks } from '#worker/ingest/whip/ice-servers.ts'
import { JitterBuffer } from '#worker/ingest/whip/jitter-buffer.ts'
import { avcConfiguration, matroskaFrame, matroskaHeader } from '#worker/ingest/whip/matroska.ts'
import { MediaClock } from '#worker/ingest/whip/media-clock.ts'
import { Reception } from '#worker/ingest/whip/reception.ts'
import { bitrateLimit, nack, pictureLoss, readRtcp, receiverReport } from '#worker/ingest/whip/rtcp.ts'
import { type RtpPacket, readRtp } from '#worker/ingest/whip/rtp.ts'
import { readVp8Size, Vp8Depacketizer } from '#worker/ingest/whip/vp8-depacketizer.ts'

const packet = (sequence: number): RtpPacket => ({
  payloadType: 96,
  sequence: sequence & 0xffff,
  timestamp: sequence * 3_000,
  ssrc: 1,
  marker: true,
  payload: Buffer.alloc(1),
})

describe('an RTP packet', () => {
  it('is read behind contributing sources, an extension and padding', () => {
    const header = new RtpHeader({
      payloadType: 102,
      sequenceNumber: 65_535,
      timestamp: 4_000_000_000,
      ssrc: 0xfffffffe,
      marker: true,
    })
    header.csrc = [1, 2]
    header.csrcLength = 2
    header.extension = true
    header.extensionProfile = 0xbede
    header.extensions = [{ id: 3, payload: Buffer.from([9]) }]
    const plain = new WeriftRtpPacket(header, Buffer.from('payload')).serialize()
    const padded = Buffer.concat([plain, Buffer.from([0, 0, 3])])
    padded[0] = (padded[0] ?? 0) | 0x20
    for (const bytes of [plain, padded])
      expect(readRtp(bytes)).toEqual({
        payloadType: 102,
        sequence: 65_535,
        timestamp: 4_000_000_000,
        ssrc: 0xfffffffe,
        marker: true,
        payload: Buffer.from('payload'),
      })
  })

  it.each([
    '',
    '80',
    '800000000000000000000000'.slice(0, 22),
    '8f0000000000000000000000',
    'a0000000000000000000000009',
    '400000000000000000000000',
  ])('that makes no sense is not read: %s', (hex) => expect(readRtp(Buffer.from(hex, 'hex'))).toBeUndefined())
})

describe('reports', () => {
  it('are written so that another implementation reads them', () => {
    const compound = Buffer.concat([
      receiverReport(7, [
        {
          ssrc: 9,
          fractionLost: 0.25,
          lost: -1,
          highestSequence: 70_000,
          jitter: 12,
          lastReportNtpMiddle: 5,
          delayMs: 1_000,
        },
      ]),
      pictureLoss(7, 9),
      bitrateLimit(7, 8_000_000, [9, 10]),
    ])
    const [report, picture, limit] = RtcpPacketConverter.deSerialize(compound) as unknown as Record<string, never>[]
    expect(report).toMatchObject({
      ssrc: 7,
      reports: [{ ssrc: 9, fractionLost: 64, highestSequence: 70_000, jitter: 12, lsr: 5, dlsr: 65_536 }],
    })
    expect(picture).toMatchObject({ feedback: { mediaSsrc: 9 } })
    expect(limit).toMatchObject({ feedback: { ssrcFeedbacks: [9, 10] } })
    const { brExp, brMantissa } = (limit as unknown as { feedback: { brExp: number; brMantissa: number } }).feedback
    expect(brMantissa * 2 ** brExp).toBeGreaterThan(7_990_000)
    expect(brMantissa * 2 ** brExp).toBeLessThanOrEqual(8_000_000)
  })

  it('ask for many lost packets in a few words', () => {
    const words = nack(7, 9, [65_534, 65_535, 3, 100]).toString('hex')
    expect(words).toBe('81cd00040000000700000009fffe001100640000')
  })

  it('of a sender tell its clock and its goodbye', () => {
    const sender = Buffer.from('80c8000600000009e9f0a0018000000000015f900000000a00000400', 'hex')
    const goodbye = Buffer.from('82cb0002000000090000000a', 'hex')
    const { senderReports, goodbyes } = readRtcp(Buffer.concat([sender, goodbye]))
    expect(senderReports).toEqual([
      { ssrc: 9, ntpMs: 0xe9f0a001 * 1_000 + 500, rtpTimestamp: 90_000, ntpMiddle: 0xa0018000 },
    ])
    expect(goodbyes).toEqual([9, 10])
  })

  it('count what was lost, across the wrap of the sequence number', () => {
    const reception = new Reception(1, 90_000)
    for (const sequence of [65_533, 65_534, 0, 1, 2]) reception.note(packet(sequence), sequence * 33)
    expect(reception.report(0)).toMatchObject({ fractionLost: 1 / 6, lost: 1, highestSequence: 65_538 })
    expect(reception.report(0)).toMatchObject({ fractionLost: 0, lost: 1 })
  })
})

describe('packets out of order', () => {
  const buffered = (maxWaitMs = 100) => {
    const given: string[] = []
    const asked: number[] = []
    const buffer = new JitterBuffer({
      maxWaitMs,
      maxPackets: 20,
      onPacket: ({ sequence }, lostBefore) => given.push(`${lostBefore ? '!' : ''}${sequence}`),
      onMissing: (sequences) => asked.push(...sequences),
    })
    return { buffer, given, asked }
  }

  it('are put in order, across the wrap, and given once', () => {
    const { buffer, given } = buffered()
    for (const sequence of [65_534, 0, 65_535, 65_535, 2, 1, 0]) buffer.push(packet(sequence), 0)
    expect(given).toEqual(['65534', '65535', '0', '1', '2'])
    expect(buffer.isWaiting).toBe(false)
  })

  it('that are missing are asked for, soon and again, and given up in time', () => {
    const { buffer, given, asked } = buffered()
    for (const sequence of [10, 13, 14]) buffer.push(packet(sequence), 0)
    buffer.tick(5)
    expect(asked).toEqual([])
    buffer.tick(20)
    expect(asked.toSorted()).toEqual([11, 12])
    buffer.push(packet(12), 40)
    buffer.tick(90)
    expect(asked).toHaveLength(3)
    expect(given).toEqual(['10'])
    buffer.tick(110)
    expect(given).toEqual(['10', '!12', '13', '14'])
    expect(buffer.isWaiting).toBe(false)
  })

  it('that pile up behind a gap make it give up sooner', () => {
    const { buffer, given } = buffered(10_000)
    buffer.push(packet(0), 0)
    for (let sequence = 2; sequence < 30; sequence++) buffer.push(packet(sequence), 0)
    expect(given.slice(0, 2)).toEqual(['0', '!2'])
  })

  it('that begin elsewhere begin anew', () => {
    const { buffer, given } = buffered()
    for (const sequence of [100, 101, 40_000, 40_001, 39_999]) buffer.push(packet(sequence), 0)
    expect(given).toEqual(['100', '101', '!40000', '40001'])
  })
})

const sps = Buffer.from('6742c01fd90050 05bb0110000003001000000303c0f1832480'.replace(' ', ''), 'hex')
const pps = Buffer.from('68cb83cb20', 'hex')
const idr = Buffer.concat([Buffer.from([0x65]), Buffer.alloc(40, 7)])
const slice = Buffer.concat([Buffer.from([0x41]), Buffer.alloc(20, 8)])
const unitsOf = (bytes: Buffer | undefined) => {
  const units: Buffer[] = []
  for (let at = 0; bytes && at < bytes.length; at += 4 + bytes.readUInt32BE(at))
    units.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)))
  return units
}
const stapA = (...units: Buffer[]) =>
  Buffer.concat([
    Buffer.from([0x78]),
    ...units.flatMap((unit) => [Buffer.from([unit.length >> 8, unit.length & 255]), unit]),
  ])
const fuA = (unit: Buffer, parts: number) =>
  Array.from({ length: parts }, (_, index) => {
    const size = Math.ceil((unit.length - 1) / parts)
    const flags = (index === 0 ? 0x80 : 0) | (index === parts - 1 ? 0x40 : 0)
    return Buffer.concat([
      Buffer.from([((unit[0] ?? 0) & 0xe0) | 28, flags | ((unit[0] ?? 0) & 31)]),
      unit.subarray(1 + index * size, 1 + (index + 1) * size),
    ])
  })

describe('H.264 in packets', () => {
  const pushAll = (depacketizer: H264Depacketizer, timestamp: number, payloads: readonly Buffer[], lostAt = -1) =>
    payloads
      .map((payload, index) =>
        depacketizer.push({ timestamp, marker: index === payloads.length - 1, payload }, index === lostAt),
      )
      .find(Boolean)

  it('comes together from single units, aggregates and fragments', () => {
    const depacketizer = new H264Depacketizer()
    const key = pushAll(depacketizer, 0, [stapA(sps, pps), ...fuA(idr, 3)])
    expect(key).toMatchObject({ isKeyframe: true, timestamp: 0 })
    expect(unitsOf(key?.bytes)).toEqual([sps, pps, idr])
    const frame = pushAll(depacketizer, 3_000, [Buffer.from([0x09, 0x10]), slice])
    expect(frame).toMatchObject({ isKeyframe: false })
    expect(unitsOf(frame?.bytes)).toEqual([slice])
    expect(depacketizer.damagedFrames).toBe(0)
  })

  it('puts the parameter sets before each keyframe, where the sender gave them once or in its offer', () => {
    const depacketizer = new H264Depacketizer(`${sps.toString('base64')},${pps.toString('base64')}`)
    expect(unitsOf(pushAll(depacketizer, 0, [idr])?.bytes)).toEqual([sps, pps, idr])
    expect(unitsOf(pushAll(depacketizer, 3_000, [idr])?.bytes)).toEqual([sps, pps, idr])
  })

  it.each([
    ['the first', 0],
    ['a middle', 1],
    ['the last', 2],
  ])('leaves a frame out that lacks %s packet, and says so', (_which, lostAt) => {
    const depacketizer = new H264Depacketizer()
    const parts = fuA(idr, 3).toSpliced(lostAt, 1)
    expect(pushAll(depacketizer, 0, parts, Math.min(lostAt, 1))).toBeUndefined()
    pushAll(depacketizer, 3_000, [slice], lostAt === 2 ? 0 : -1)
    expect(depacketizer.damagedFrames).toBeGreaterThan(0)
    expect(pushAll(depacketizer, 6_000, [slice])).toBeDefined()
  })

  it('bounds a frame that never ends', () => {
    const depacketizer = new H264Depacketizer()
    const endless = fuA(Buffer.concat([idr, Buffer.alloc(1_200)]), 1)[0]?.fill(0x80, 1, 2) ?? idr
    for (let count = 0; count < 10_000; count++) {
      const payload = Buffer.from(endless)
      payload[1] = count === 0 ? 0x85 : 0x05
      depacketizer.push({ timestamp: 0, marker: false, payload }, false)
    }
    expect(depacketizer.push({ timestamp: 0, marker: true, payload: slice }, false)).toBeUndefined()
    expect(depacketizer.damagedFrames).toBe(1)
  })
})

describe('VP8 in packets', () => {
  const key = Buffer.from('50420b9d012a4001b40000', 'hex')

  it('comes together behind its descriptors', () => {
    const depacketizer = new Vp8Depacketizer()
    const first = Buffer.concat([Buffer.from('90e0812345', 'hex').subarray(0, 2), Buffer.from('81230145', 'hex'), key])
    expect(depacketizer.push({ timestamp: 0, marker: false, payload: first }, false)).toBeUndefined()
    const frame = depacketizer.push({ timestamp: 0, marker: true, payload: Buffer.from('00aabb', 'hex') }, false)
    expect(frame).toMatchObject({ isKeyframe: true })
    expect(readVp8Size(frame?.bytes ?? Buffer.alloc(0))).toEqual({ width: 320, height: 180 })
  })

  it('leaves out what lacks its beginning', () => {
    const depacketizer = new Vp8Depacketizer()
    expect(
      depacketizer.push({ timestamp: 0, marker: true, payload: Buffer.from('00aabb', 'hex') }, false),
    ).toBeUndefined()
    expect(depacketizer.damagedFrames).toBe(1)
  })
})

describe('the clock of sound and picture', () => {
  const report = (ntpMs: number, rtpTimestamp: number) => ({ ssrc: 1, ntpMs, rtpTimestamp, ntpMiddle: 0 })

  it('takes steps from the timestamps, whatever the network does to packets', () => {
    const clock = new MediaClock()
    const times = [0, 40, 41, 300, 301].map((arrival, index) => clock.place('audio', 48_000, index * 960, arrival))
    expect(times).toEqual([0, 20, 40, 60, 80])
  })

  it('goes on when timestamps wrap', () => {
    const clock = new MediaClock()
    const times = [0, 20, 40].map((arrival, index) =>
      clock.place('audio', 48_000, (2 ** 32 - 960 + index * 960) % 2 ** 32, arrival),
    )
    expect(times).toEqual([0, 20, 40])
  })

  it('moves the picture step by step to where it was recorded', () => {
    const clock = new MediaClock()
    clock.place('audio', 48_000, 0, 0)
    // The picture took 80 ms longer than the sound.
    clock.place('video', 90_000, 0, 80)
    clock.report('audio', report(5_000, 0))
    clock.report('video', report(5_000, 0))
    let time = 0
    for (let frame = 1; frame < 60; frame++) {
      const next = clock.place('video', 90_000, frame * 3_000, 80 + frame * 33.3)
      expect(next).toBeGreaterThan(time)
      time = next
    }
    expect(time).toBeCloseTo(59 * (1_000 / 30), 0)
  })

  it('keeps what comes in one burst after a pause in its own times', () => {
    const clock = new MediaClock()
    clock.place('audio', 48_000, 0, 0)
    const times = Array.from({ length: 100 }, (_, index) => clock.place('audio', 48_000, (index + 1) * 960, 2_000))
    expect(times).toEqual(Array.from({ length: 100 }, (_, index) => (index + 1) * 20))
  })

  it('brings sound forward at once that a pause has left behind the picture', () => {
    const clock = new MediaClock()
    for (let index = 0; index < 3; index++) {
      clock.place('audio', 48_000, index * 960, index * 20)
      clock.place('video', 90_000, index * 1_800, index * 20)
    }
    // Two seconds later the picture's clock has gone on, the sound's has not.
    clock.place('video', 90_000, 183_600, 2_040)
    expect(clock.place('audio', 48_000, 2_880, 2_040)).toBe(60)
    clock.report('audio', report(7_040, 2_880))
    clock.report('video', report(7_040, 183_600))
    clock.place('video', 90_000, 185_400, 2_060)
    expect(clock.place('audio', 48_000, 3_840, 2_060)).toBeCloseTo(2_060, 0)
  })

  it('takes a leap that no time explains for another numbering', () => {
    const clock = new MediaClock()
    clock.place('video', 90_000, 0, 0)
    expect(clock.place('video', 90_000, 90_000_000, 33)).toBeCloseTo(33, 0)
    expect(clock.place('video', 90_000, 90_003_000, 66)).toBeCloseTo(66, 0)
    expect(clock.place('video', 90_000, 5, 99)).toBeCloseTo(99, 0)
  })
})

describe('the bit rate that is asked for', () => {
  it('is the most that we take while the line carries it', () => {
    const advice = new BitrateAdvice(8_000)
    expect(advice.next({ receivedKbps: 2_000, lossShare: 0.02, queueMs: 20 })).toBe(8_000)
  })

  it('falls under what arrives when packets queue or get lost, and rises again', () => {
    const advice = new BitrateAdvice(8_000)
    expect(advice.next({ receivedKbps: 1_000, lossShare: 0, queueMs: 400 })).toBe(850)
    expect(advice.next({ receivedKbps: 800, lossShare: 0.3, queueMs: 0 })).toBe(680)
    for (let time = 0; time < 100; time++) advice.next({ receivedKbps: 900, lossShare: 0, queueMs: 0 })
    expect(advice.next({ receivedKbps: 900, lossShare: 0, queueMs: 0 })).toBe(8_000)
    for (let time = 0; time < 50; time++) advice.next({ receivedKbps: 10, lossShare: 1, queueMs: 0 })
    expect(advice.next({ receivedKbps: 10, lossShare: 1, queueMs: 0 })).toBe(250)
  })

  it('follows a queue, and no clock that runs differently or stood still', () => {
    const meter = new QueueMeter()
    for (let ms = 0; ms < 60_000; ms += 20) meter.note(ms * 0.9995, ms)
    expect(meter.queueMs).toBeLessThan(20)
    for (let ms = 60_000; ms < 61_000; ms += 20) meter.note(60_000 * 0.9995 + (ms - 60_000) * 0.5, ms)
    expect(meter.queueMs).toBeGreaterThan(300)
    for (let ms = 70_000; ms < 72_000; ms += 20) meter.note(ms - 9_000, ms)
    expect(meter.queueMs).toBeLessThan(20)
  })
})

describe('the frame rate', () => {
  it('is measured, and taken for a usual one where it is one', () => {
    const meter = new FrameRateMeter()
    expect([meter.framesPerSecond, meter.usualRate]).toEqual([null, null])
    for (let index = 0; index < 40; index++) meter.note(index * 33 + (index % 3))
    expect(meter.framesPerSecond).toBeCloseTo(30, 0)
    expect(meter.usualRate).toBe(30)
  })

  it('of a screen on which little happens is none to encode at', () => {
    const meter = new FrameRateMeter()
    for (let index = 0; index < 40; index++) meter.note(index * 200)
    expect([meter.framesPerSecond, meter.usualRate]).toEqual([5, null])
  })
})

describe('Matroska', () => {
  it('is a header without an end, then a cluster per frame', () => {
    const header = matroskaHeader(
      { codec: 'h264', width: 320, height: 180, configuration: avcConfiguration(sps, pps) },
      true,
    )
    expect(header.subarray(0, 4).toString('hex')).toBe('1a45dfa3')
    expect(header.includes(Buffer.from('1853806701ffffffffffffff', 'hex'))).toBe(true)
    const frame = matroskaFrame(1, 12.34, true, Buffer.from('frame'))
    expect(frame.toString('hex')).toBe(
      `1f43b6758e${'e77b'.replace('7b', '817b')}a38981000080${Buffer.from('frame').toString('hex')}`,
    )
  })
})

it('names ICE servers as RFC 9725 has them', () => {
  expect(
    iceServerLinks([
      { urls: ['stun:a:1', 'stun:b:2'] },
      { urls: ['turn:c:3?transport=tcp'], username: 'u"', credential: 'p\\' },
    ]),
  ).toEqual([
    '<stun:a:1>; rel="ice-server"',
    '<stun:b:2>; rel="ice-server"',
    '<turn:c:3?transport=tcp>; rel="ice-server"; username="u\\""; credential="p\\\\"; credential-type="password"',
  ])
})
