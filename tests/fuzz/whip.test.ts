import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { DtlsClient, Message } from 'werift'
import { chooseMedia } from '#worker/ingest/whip/codec-choice.ts'
import { H264Depacketizer } from '#worker/ingest/whip/h264-depacketizer.ts'
import { MediaIntake } from '#worker/ingest/whip/media-intake.ts'
import { readRtcp } from '#worker/ingest/whip/rtcp.ts'
import { readRtp, rtpHeaderBytes } from '#worker/ingest/whip/rtp.ts'
import { RtpSession } from '#worker/ingest/whip/rtp-session.ts'
import { writeAnswer } from '#worker/ingest/whip/sdp-answer.ts'
import { SdpRefused } from '#worker/ingest/whip/sdp-error.ts'
import { readOffer } from '#worker/ingest/whip/sdp-offer.ts'
import { readBindingRequest } from '#worker/ingest/whip/stun.ts'
import { readVp8Size, Vp8Depacketizer } from '#worker/ingest/whip/vp8-depacketizer.ts'
import { mutate } from '../support/mutate.ts'
import { SeededRandom } from '../support/random.ts'
import { offerOf } from '../support/sdp.ts'
import { startWhip, streamKey, type TestWhip } from '../support/whip.ts'

const local = {
  iceUfrag: 'ours',
  icePassword: 'password',
  fingerprint: '01:02',
  setup: 'passive',
  candidates: [{ address: '127.0.0.1', port: 1 }],
} as const

describe('offers that were tampered with', () => {
  it('are answered with whole lines of our own or refused in words, 10,000 times', () => {
    const random = new SeededRandom(9725)
    const original = Buffer.from(offerOf())
    let answered = 0
    for (let round = 0; round < 10_000; round++) {
      const text = mutate(original, random).toString('utf8')
      try {
        const offer = readOffer(text)
        const answer = writeAnswer(offer, chooseMedia(offer), local, '1')
        expect(answer.split('\r\n').every((line) => line === '' || /^[a-z]=[^\r\n]*$/.test(line))).toBe(true)
        answered += 1
      } catch (error) {
        if (!(error instanceof SdpRefused)) throw error
        expect(error.message).toMatch(/\.$/)
      }
    }
    expect(answered).toBeGreaterThan(1_000)
  })

  it('of one endless line and of lines without end are refused at once', () => {
    const startMs = performance.now()
    for (const text of [
      `v=0\r\n${'a'.repeat(65_000)}`,
      'v=0\r\n'.repeat(12_000),
      `v=0\r\nm=${' '.repeat(60_000)}`,
      `v=0\r\nm=audio 9 X/RTP/Y ${'1 '.repeat(30_000)}`,
    ])
      expect(() => readOffer(text)).toThrow(SdpRefused)
    expect(performance.now() - startMs).toBeLessThan(500)
  })
})

/** Packets of a keyframe and a frame, H.264 and VP8, with sound between. */
function packets(): Buffer[] {
  const rtp = (type: number, sequence: number, timestamp: number, ssrc: number, marker: boolean, hex: string) => {
    const header = Buffer.alloc(12)
    header[0] = 0x80
    header[1] = type | (marker ? 0x80 : 0)
    header.writeUInt16BE(sequence, 2)
    header.writeUInt32BE(timestamp, 4)
    header.writeUInt32BE(ssrc, 8)
    return Buffer.concat([header, Buffer.from(hex, 'hex')])
  }
  const sps = '6742c01fd9005005bb0110000003001000000303c0f1832480'
  const stap = `780019${sps}000568cb83cb20`
  return Array.from({ length: 40 }, (_, index) => [
    rtp(102, index * 4, index * 3_000, 5, false, stap),
    rtp(102, index * 4 + 1, index * 3_000, 5, false, `7c85${'ab'.repeat(60)}`),
    rtp(102, index * 4 + 2, index * 3_000, 5, true, `7c45${'cd'.repeat(60)}`),
    rtp(102, index * 4 + 3, index * 3_000 + 1_500, 5, true, `41${'ef'.repeat(30)}`),
    rtp(111, index, index * 1_600, 6, true, `fc${'12'.repeat(40)}`),
  ]).flat()
}

describe('packets that were tampered with', () => {
  it('make frames or none, and never a fault, 20,000 times', () => {
    const random = new SeededRandom(3550)
    const originals = packets()
    const offer = readOffer(offerOf())
    const choice = chooseMedia(offer)
    let nowMs = 0
    let sent = 0
    const intake = new MediaIntake({
      choice,
      encoder: null,
      maxBehindBytes: 256 * 1024,
      nowMs: () => nowMs,
      onKeyframeNeeded: () => session.requestKeyframe(),
    })
    const session: RtpSession = new RtpSession({
      choice,
      maxBitrateKbps: 4_000,
      nowMs: () => nowMs,
      intake,
      send: (packet) => {
        sent += 1
        expect(packet.length % 4).toBe(0)
        expect(packet.length).toBeLessThan(1_500)
      },
      onGoodbye: () => {},
    })
    session.start()
    const feed = intake.open()
    feed.resume()
    for (let round = 0; round < 20_000; round++) {
      nowMs += 5
      const original = originals[round % originals.length] as Buffer
      session.take(round % 3 === 0 ? mutate(original, random) : original)
      if (round % 50 === 0)
        session.takeReports(
          mutate(Buffer.from('80c8000600000005e9f0a0018000000000015f900000000a00000400', 'hex'), random),
        )
      if (round % 100 === 0) session.report()
    }
    expect(intake.bytesReceived).toBeGreaterThan(100_000)
    expect(sent).toBeGreaterThan(100)
    expect(intake.describe().video).not.toBeNull()
    session.close()
    intake.end()
  })

  it('are read or not by each part alone, 10,000 times', () => {
    const random = new SeededRandom(6184)
    const h264 = new H264Depacketizer()
    const vp8 = new Vp8Depacketizer()
    for (let round = 0; round < 10_000; round++) {
      const bytes = mutate(random.bytes(1 + random.below(80)), random)
      const push = { timestamp: round >> 2, marker: round % 4 === 3, payload: bytes }
      h264.push(push, random.below(20) === 0)
      vp8.push(push, random.below(20) === 0)
      readVp8Size(bytes)
      readRtcp(bytes)
      readBindingRequest(bytes, () => 'password')
      const headerBytes = rtpHeaderBytes(bytes)
      if (headerBytes !== undefined) expect(headerBytes).toBeLessThanOrEqual(bytes.length)
      readRtp(bytes)
    }
  })
})

/** One publisher's session, and a socket that has proven to be its other end. */
async function openSession(whip: TestWhip, socket: Socket): Promise<number> {
  const answer = await fetch(whip.endpointUrl, {
    method: 'POST',
    body: offerOf(),
    headers: { authorization: `Bearer ${streamKey}`, 'content-type': 'application/sdp' },
  })
  const sdp = await answer.text()
  const find = (pattern: RegExp) => pattern.exec(sdp)?.[1] ?? ''
  const port = Number(find(/udp \d+ \S+ (\d+) typ host/))
  const check = new Message(1, 0)
  check.setAttribute('USERNAME', `${find(/a=ice-ufrag:(\S+)/)}:Xk3f`)
  check.setAttribute('USE-CANDIDATE', null)
  check.addMessageIntegrity(Buffer.from(find(/a=ice-pwd:(\S+)/))).addFingerprint()
  const confirmed = once(socket, 'message')
  socket.send(check.bytes, port, '127.0.0.1')
  await confirmed
  return port
}

/** What a client says first, by werift's own. */
async function clientHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const transport = {
    type: 'udp',
    address: { address: '', port: 0, family: '' },
    closed: false,
    onData: () => {},
    send: async (datagram: Buffer) => resolve(datagram),
    close: async () => {},
  }
  const client = new DtlsClient({ transport: transport as never, srtpProfiles: [1, 7], extendedMasterSecret: true })
  client.connect().catch(() => {})
  return promise
}

describe('a port that anybody can send to', () => {
  it('goes on after 4,000 datagrams of nonsense from somebody whom it let in', async () => {
    const whip = await startWhip()
    try {
      const random = new SeededRandom(8445)
      const hello = await clientHello()
      for (let session = 0; session < 8; session++) {
        const socket = createSocket('udp4')
        const port = await openSession(whip, socket)
        for (let round = 0; round < 500; round++) {
          const original = random.pick([hello, hello, Buffer.from('800000002112a442', 'hex'), random.bytes(30)])
          const sent = Promise.withResolvers<void>()
          socket.send(mutate(original, random), port, '127.0.0.1', () => sent.resolve())
          await sent.promise
        }
        socket.close()
      }
      const socket = createSocket('udp4')
      expect(await openSession(whip, socket)).toBeGreaterThan(0)
      socket.close()
      expect(whip.publications).toEqual([])
    } finally {
      await whip.stop()
    }
  })
})
