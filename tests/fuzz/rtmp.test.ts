import { once } from 'node:events'
import { connect } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { aacFrame, aacHeader, avcHeader, interFrame, keyframe, RtmpPeer } from '#tests/support/rtmp-peer.ts'
import { testRtmpServer } from '#tests/support/rtmp-server.ts'
import { selfSigned } from '#tests/support/self-signed.ts'
import { Amf0EcmaArray, decodeAmf0, encodeAmf0 } from '#worker/rtmp/amf0.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { Handshake } from '#worker/rtmp/handshake.ts'
import { command, messageType, type RtmpMessage, setChunkSize, userControl } from '#worker/rtmp/messages.ts'
import { RtmpProtocolError } from '#worker/rtmp/protocol-error.ts'

const metadata = encodeAmf0(
  '@setDataFrame',
  'onMetaData',
  new Amf0EcmaArray({ width: 320, height: 180, framerate: 25, encoder: 'fuzz', nested: { list: [1, 'two', null] } }),
)

/** A whole, right publish session after the handshake. */
const talk: readonly RtmpMessage[] = [
  setChunkSize(512),
  command(0, 'connect', 1, { app: 'live', tcUrl: 'rtmp://127.0.0.1/live', flashVer: 'FMLE/3.0' }),
  command(0, 'releaseStream', 2, null, 'fuzzed'),
  command(0, 'FCPublish', 3, null, 'fuzzed'),
  command(0, 'createStream', 4, null),
  command(1, 'publish', 5, null, 'fuzzed', 'live'),
  userControl(6, 1),
  { type: messageType.dataAmf0, timestamp: 0, streamId: 1, payload: metadata },
  { type: messageType.video, timestamp: 0, streamId: 1, payload: avcHeader },
  { type: messageType.audio, timestamp: 0, streamId: 1, payload: aacHeader },
  { type: messageType.video, timestamp: 0, streamId: 1, payload: keyframe },
  { type: messageType.audio, timestamp: 23, streamId: 1, payload: aacFrame },
  {
    type: messageType.video,
    timestamp: 0x1000000,
    streamId: 1,
    payload: Buffer.concat([interFrame, Buffer.alloc(2_000)]),
  },
  command(1, 'deleteStream', 6, null, 1),
]
const chunks = Buffer.concat(
  talk.map((message, index) => encodeMessage(message, index === 0 ? 128 : 512, 2 + (index % 5))),
)
const handshake = Buffer.concat([new Handshake('client').start(), Buffer.alloc(1_536)])

/** CPU milliseconds that `work` took; other processes on the machine do not count. */
function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

/** Nothing but RtmpProtocolError may come out. */
function survive(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof RtmpProtocolError)) throw error
  }
}

describe('mutated bytes', () => {
  it('throw nothing but RtmpProtocolError out of the AMF0 reader, 20,000 times', () => {
    const random = new SeededRandom(11)
    const bodies = talk.map((message) => message.payload)
    let slowestMs = 0
    for (let round = 0; round < 20_000; round++) {
      const mutated = mutate(random.pick([metadata, ...bodies]), random)
      slowestMs = Math.max(
        slowestMs,
        cpuMs(() => survive(() => decodeAmf0(mutated))),
      )
    }
    expect(slowestMs).toBeLessThan(100)
  })

  it('throw nothing but RtmpProtocolError out of the chunk reader, 10,000 times, cut anywhere', () => {
    const random = new SeededRandom(12)
    let messages = 0
    let slowestMs = 0
    for (let round = 0; round < 10_000; round++) {
      const mutated = mutate(chunks, random)
      const cut = random.below(mutated.length + 1)
      const work = () => {
        const reader = new ChunkReader()
        for (const part of [mutated.subarray(0, cut), mutated.subarray(cut)])
          for (const message of reader.push(part)) messages += message.payload.length > 0 ? 1 : 0
      }
      slowestMs = Math.max(
        slowestMs,
        cpuMs(() => survive(work)),
      )
    }
    expect(slowestMs).toBeLessThan(100)
    expect(messages).toBeGreaterThan(10_000)
  })

  it('throw nothing but RtmpProtocolError out of the handshake, 10,000 times', () => {
    const random = new SeededRandom(13)
    for (let round = 0; round < 10_000; round++) {
      const mutated = mutate(handshake.subarray(0, random.below(handshake.length)), random)
      survive(() => new Handshake(random.pick(['client', 'server'])).push(mutated))
    }
  })
})

describe('a live server under 10,000 mutated sessions', () => {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  afterAll(() => delay.disable())

  it('goes on: no crash, no stall, no growth, and a publisher beside them loses not one frame', async () => {
    const random = new SeededRandom(14)
    const server = await testRtmpServer({
      limits: { connectionsPerAddress: 500, liveMs: 0 },
      onPublication: (publication) => void publication.openFlv().resume(),
    })
    const healthy = await RtmpPeer.publish(server.port, 'healthy')
    const publication = await server.publication('healthy')
    healthy.video(0, avcHeader)
    let sent = avcHeader.length
    let publications = 0
    const rssBefore = process.memoryUsage().rss
    delay.enable()

    const attack = async () => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => {})
      socket.resume()
      const [hello, rest] = [mutateSometimes(handshake, random), mutate(chunks, random)]
      socket.end(Buffer.concat([hello, rest]))
      await once(socket, 'close')
    }
    for (let round = 0; round < 500; round++) {
      healthy.video(round * 40, keyframe)
      sent += keyframe.length
      await Promise.all(Array.from({ length: 20 }, attack))
      await setImmediate()
      publications += server.publications.splice(0).length
    }

    await eventually('every frame of the healthy publisher came', () => publication.received().bytes === sent)
    delay.disable()
    expect(healthy.closed).toBe(false)
    expect(publications).toBeGreaterThan(1_000)
    expect(delay.max / 1e6).toBeLessThan(1_000)
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200 * 1024 * 1024)
    healthy.socket.destroy()
    await server.close()
  })
})

describe('a live RTMPS server under 500 broken TLS handshakes', () => {
  it('goes on, whether they are garbage, cut off or reset', async () => {
    const random = new SeededRandom(15)
    const server = await testRtmpServer({ tls: await selfSigned(), limits: { handshakeMs: 200 } })
    const attack = async () => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => {})
      socket.resume()
      await once(socket, 'connect')
      socket.write(mutate(random.pick([clientHello, clientHello, chunks]), random))
      await setImmediate()
      if (random.below(2) === 0) socket.resetAndDestroy()
      else socket.end()
      if (!socket.destroyed) await once(socket, 'close')
    }
    for (let round = 0; round < 25; round++) await Promise.all(Array.from({ length: 20 }, attack))
    const secure = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {})
    await once(secure, 'secureConnect')
    secure.destroy()
    await server.close()
  })
})

/** The beginning of TLS 1.2's ClientHello: enough for the server to answer, or to complain. */
const clientHello = Buffer.from(
  `16030100 2d 010000 29 0303 ${'00'.repeat(32)} 00 0002 c02f 0100`.replaceAll(' ', ''),
  'hex',
)

/** One handshake in five is broken, so that most attacks get to the commands. */
function mutateSometimes(bytes: Buffer, random: SeededRandom): Buffer {
  return random.below(5) === 0 ? mutate(bytes, random) : bytes
}
