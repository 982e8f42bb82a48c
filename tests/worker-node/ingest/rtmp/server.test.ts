import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { aacFrame, aacHeader, avcHeader, interFrame, keyframe, RtmpPeer } from '#tests/support/rtmp-peer.ts'
import { type TestRtmpServer, testRtmpServer } from '#tests/support/rtmp-server.ts'
import type { RtmpAuthorization } from '#worker/ingest/rtmp/publications.ts'
import { Amf0EcmaArray, encodeAmf0 } from '#worker/rtmp/amf0.ts'
import {
  command,
  messageType,
  setPeerBandwidth,
  userControl,
  userControlEvent,
  windowAcknowledgementSize,
} from '#worker/rtmp/messages.ts'

let server: TestRtmpServer
const peers: RtmpPeer[] = []

async function start(...options: Parameters<typeof testRtmpServer>): Promise<void> {
  server = await testRtmpServer(...options)
}
async function open(): Promise<RtmpPeer> {
  const peer = await RtmpPeer.open(server.port)
  peers.push(peer)
  return peer
}
async function publish(streamKey: string): Promise<RtmpPeer> {
  const peer = await RtmpPeer.publish(server.port, streamKey)
  peers.push(peer)
  return peer
}
const isClosed = (peer: RtmpPeer) => eventually('the connection is closed', () => peer.closed)

const reconnect = 'NetConnection.Connect.ReconnectRequest'

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await server.close()
})

describe('publishing', () => {
  it('takes many streams on one port, each with its own key', async () => {
    await start()
    await Promise.all(['a', 'b', 'c'].map(publish))
    expect(server.publications.map((each) => each.streamKey).sort()).toEqual(['a', 'b', 'c'])
    expect(server.publications[0]?.remoteAddress).toBe('127.0.0.1')
  })

  it('answers connect, createStream and publish as encoders expect', async () => {
    await start()
    const peer = await publish('a')
    expect(peer.commands.map((each) => [each.name, each.transactionId])).toEqual([
      ['_result', 1],
      ['_result', 2],
      ['_result', 3],
      ['_result', 4],
      ['onStatus', 0],
    ])
    expect(peer.commands[0]?.args[0]).toMatchObject({ code: 'NetConnection.Connect.Success' })
    expect(peer.commands[3]?.args[0]).toBe(1)
    expect(peer.status?.code).toBe('NetStream.Publish.Start')
    expect(peer.messages.map((each) => each.type)).toEqual(
      expect.arrayContaining([messageType.windowAcknowledgementSize, messageType.setPeerBandwidth]),
    )
  })

  it('takes the key from the address when the publish name is empty', async () => {
    await start()
    const peer = await open()
    peer.connect({ app: 'live/from-the-address', tcUrl: 'rtmp://127.0.0.1/live/from-the-address' })
    peer.command('createStream', 2, null)
    peer.send(command(1, 'publish', 3, null, '', 'live'))
    await server.publication('from-the-address')
  })

  it('tells an encoder that stops from one that is lost', async () => {
    await start()
    const stopping = await publish('stops')
    const lost = await publish('lost')
    stopping.command('deleteStream', 0, null, 1)
    lost.socket.destroy()
    expect((await (await server.publication('stops')).closed).reason).toBe('unpublished')
    expect((await (await server.publication('lost')).closed).reason).toBe('disconnected')
  })

  it('is logged with what an encoder publishes to, and never with its key', async () => {
    const said: object[] = []
    const log = { info: (fields: object, message: string) => void said.push({ ...fields, message }) }
    const about = { stream: 'ls_1', session: 'ses_1', input: 'in_1' }
    await start({
      log,
      authorize: async ({ streamKey }) => ({ accept: true, ...(streamKey === 'named' && { slot: 'in_1', about }) }),
    })
    for (const key of ['named', 'plain']) (await publish(key)).socket.destroy()
    await eventually('all is said', () => said.length === 4)
    expect(said).toContainEqual({ remoteAddress: '127.0.0.1', ...about, message: 'an encoder publishes' })
    expect(said).toContainEqual(expect.objectContaining({ ...about, message: 'an RTMP connection ended' }))
    expect(JSON.stringify(said)).not.toMatch(/named|plain/)
  })

  it('is asked to connect again when its stream goes elsewhere, if it understands that, and closed at once if not', async () => {
    await start()
    const modern = await open()
    modern.connect({ capsEx: 1 })
    modern.command('createStream', 2, null)
    modern.send(command(1, 'publish', 3, null, 'modern', 'live'))
    await eventually('it publishes', () => server.publications.length === 1)
    const old = await publish('old')
    for (const publication of server.publications) publication.close('It goes to another worker.', true)
    await isClosed(old)
    expect(old.status?.code).toBe('NetStream.Publish.Rejected')
    await eventually('it is asked', () => modern.status?.code === reconnect)
    modern.video(0, avcHeader)
    expect(modern.closed).toBe(false)
    expect(await server.publications[0]?.closed).toMatchObject({ reason: 'closed_by_us' })
    modern.socket.end()
    await isClosed(modern)
  })

  it('tells the encoder why when we close', async () => {
    await start()
    const peer = await publish('a')
    const publication = await server.publication('a')
    publication.close('The live stream was disabled.')
    await isClosed(peer)
    expect(peer.status).toMatchObject({
      code: 'NetStream.Publish.Rejected',
      description: 'The live stream was disabled.',
    })
    expect(await publication.closed).toEqual({ reason: 'closed_by_us', detail: 'The live stream was disabled.' })
  })

  it('ends for a fault of ours, and no other with it', async () => {
    const faults: object[] = []
    const log = { info: () => {}, error: (fields: object) => void faults.push(fields) }
    const cannot = () => {
      throw new Error('This is not to happen.')
    }
    await start({
      log,
      onPublication: (publication) => {
        if (publication.streamKey === 'bad') Object.assign(publication, { take: cannot })
      },
    })
    const [good, bad] = [await publish('good'), await publish('bad')]
    bad.video(0, avcHeader)
    await isClosed(bad)
    expect(bad.status?.description).toMatch(/went wrong on our side/)
    expect(faults).toMatchObject([{ err: { message: 'This is not to happen.' } }])
    expect([good.closed, server.publications.map(({ streamKey }) => streamKey)]).toEqual([false, ['good', 'bad']])
  })

  it('tells all encoders that the server stops', async () => {
    await start()
    const peer = await publish('a')
    await server.close()
    expect(peer.status?.description).toBe('The server is stopping.')
  })

  it('answers pings and bandwidth, and acknowledges what it received', async () => {
    await start()
    const peer = await publish('a')
    peer.send(userControl(userControlEvent.pingRequest, 77))
    peer.send(setPeerBandwidth(12_345))
    peer.send(windowAcknowledgementSize(1_000))
    peer.video(0, keyframe)
    const answer = (type: number) =>
      eventually(`a message of type ${type}`, () => peer.messages.findLast((each) => each.type === type))
    await eventually('the ping is answered', () =>
      peer.messages.some(
        ({ type, payload }) => type === messageType.userControl && payload.toString('hex') === '00070000004d',
      ),
    )
    expect((await answer(messageType.acknowledgement)).payload.readUInt32BE()).toBeGreaterThan(3_000)
    await eventually('the window is set', () =>
      peer.messages.some(
        ({ type, payload }) => type === messageType.windowAcknowledgementSize && payload.readUInt32BE() === 12_345,
      ),
    )
  })
})

describe('the key', () => {
  it('is refused in the words of authorize, and the encoder is disconnected', async () => {
    await start()
    const peer = await publish('refused')
    expect(peer.status).toMatchObject({
      code: 'NetStream.Publish.Denied',
      description: 'No live stream has this stream key.',
    })
    await isClosed(peer)
    expect(server.publications).toEqual([])
  })

  it('is checked before any media is taken, and the encoder is held back meanwhile', async () => {
    const answer = Promise.withResolvers<RtmpAuthorization>()
    await start({ authorize: () => answer.promise })
    const peer = await open()
    peer.connect()
    peer.command('createStream', 2, null)
    peer.send(command(1, 'publish', 3, null, 'a', 'live'))
    peer.video(0, avcHeader)
    peer.video(0, keyframe)
    await eventually('authorize was asked', () => server.asked.length === 1)
    const flood = 64 * 1024 * 1024
    peer.socket.write(Buffer.alloc(flood))
    await eventually('the flood stands still', async () => {
      const before = peer.socket.writableLength
      await new Promise((resolve) => setTimeout(resolve, 200))
      return before === peer.socket.writableLength
    })
    expect(peer.socket.writableLength).toBeGreaterThan(flood / 2)
    expect(server.publications).toEqual([])
    answer.resolve({ accept: false, code: 'NetStream.Publish.Denied', description: 'No.' })
    await isClosed(peer)
    expect(server.publications).toEqual([])
  })

  it('lets media through that came while it was checked, from the first byte', async () => {
    const answer = Promise.withResolvers<RtmpAuthorization>()
    await start({
      authorize: () => answer.promise,
      onPublication: (publication) => publication.openFlv().on('data', (bytes: Buffer) => received.push(bytes)),
    })
    const received: Buffer[] = []
    const peer = await open()
    peer.connect()
    peer.command('createStream', 2, null)
    peer.send(command(1, 'publish', 3, null, 'a', 'live'))
    peer.video(0, avcHeader)
    peer.video(0, keyframe)
    await eventually('authorize was asked', () => server.asked.length === 1)
    answer.resolve({ accept: true })
    await eventually('header and keyframe are there', () => {
      const flv = Buffer.concat(received)
      return flv.includes(avcHeader) && flv.includes(keyframe)
    })
  })

  it('is refused when authorize fails or hangs', async () => {
    await start({
      limits: { authorizeMs: 50 },
      authorize: ({ streamKey }) => (streamKey === 'fails' ? Promise.reject(new Error('down')) : new Promise(() => {})),
    })
    for (const key of ['fails', 'hangs']) {
      const peer = await publish(key)
      expect(peer.status?.description).toContain('could not be checked')
      await isClosed(peer)
    }
  })

  it('is refused to a second encoder while the first one is alive', async () => {
    await start()
    const first = await publish('a')
    const second = await publish('a')
    second.video(0, avcHeader)
    second.video(0, keyframe)
    expect(second.status?.code).toBe('NetStream.Publish.BadName')
    expect(second.status?.description).toContain('already being published')
    await isClosed(second)
    expect(first.closed).toBe(false)
    expect(server.publications.map((each) => each.received().bytes)).toEqual([0])
  })

  it('goes to a second encoder when the first one has sent nothing for 4 s', async () => {
    let nowMs = 0
    await start({ nowMs: () => nowMs })
    const first = await publish('a')
    const publication = await server.publication('a')
    nowMs = 3_000
    first.video(0, avcHeader)
    await eventually('media came', () => publication.received().bytes > 0)
    nowMs = 6_999
    expect((await publish('a')).status?.code).toBe('NetStream.Publish.BadName')
    nowMs = 7_000
    expect((await publish('a')).status?.code).toBe('NetStream.Publish.Start')
    expect((await publication.closed).reason).toBe('replaced')
    await isClosed(first)
    expect(server.publications).toHaveLength(2)
  })
})

describe('an encoder that gets it wrong', () => {
  it.each([
    ['an application that is not ours', { app: 'other' }],
    ['a tcUrl that is a number', { app: 7, tcUrl: 7 }],
    ['a tcUrl that is an object', { app: null, tcUrl: { toString: 'x' } }],
    ['a tcUrl that is no URL', { app: '', tcUrl: '://%zz' }],
  ])('is told so: %s', async (_, properties) => {
    await start()
    const peer = await open()
    peer.connect(properties)
    await isClosed(peer)
    expect(peer.status?.code).toBe('NetConnection.Connect.Rejected')
    expect(peer.status?.description).toContain('/live')
  })

  it('is told to connect first', async () => {
    await start()
    const peer = await open()
    peer.send(command(1, 'publish', 3, null, 'a', 'live'))
    await isClosed(peer)
    expect(peer.status?.description).toBe('Connect first.')
    expect(server.asked).toEqual([])
  })

  it.each([[[]], [['']], [[null]], [[42]], [[{ a: 1 }]], [['?only=query']]])(
    'is told that the stream key is missing: publish(%j)',
    async (args) => {
      await start()
      const peer = await open()
      peer.connect()
      peer.send(command(1, 'publish', 3, null, ...args))
      await isClosed(peer)
      expect(peer.status).toMatchObject({ code: 'NetStream.Publish.BadName' })
      expect(peer.status?.description).toContain('stream key is missing')
      expect(server.asked).toEqual([])
    },
  )

  it('is told that one connection publishes one stream', async () => {
    await start()
    const peer = await publish('a')
    peer.send(command(1, 'publish', 6, null, 'b', 'live'))
    await isClosed(peer)
    expect(peer.status?.description).toContain('One connection publishes one stream')
    expect(server.asked).toEqual(['a'])
  })

  it('is told that nothing is played here', async () => {
    await start()
    const peer = await open()
    peer.connect()
    peer.send(command(1, 'play', 3, null, 'a'))
    await isClosed(peer)
    expect(peer.status).toMatchObject({ code: 'NetStream.Play.Failed' })
  })

  it.each([
    ['HEVC as Enhanced RTMP', messageType.video, '90 68766331', 'HEVC is not taken'],
    ['AV1 as Enhanced RTMP', messageType.video, '90 61763031', 'AV1 is not taken'],
    ['HEVC under codec id 12', messageType.video, '1c 00 000000', 'HEVC is not taken'],
    ['Sorenson H.263', messageType.video, '12 00', 'H.264'],
    ['Speex', messageType.audio, 'b6 00', 'Speex is not taken'],
    ['Nellymoser', messageType.audio, '62 00', 'Nellymoser is not taken'],
    ['Enhanced RTMP audio', messageType.audio, '90 4f707573', 'Enhanced RTMP audio is not taken'],
    ['MP3', messageType.audio, '2f ff', 'MP3 is not taken'],
    ['an H.264 header that is garbage', messageType.video, '17 00 000000 ff', "header can't be read"],
    ['an AAC header that is garbage', messageType.audio, 'af 00 ff', "header can't be read"],
  ])('is told what to change: %s', async (_, type, hex, words) => {
    await start()
    const peer = await publish('a')
    peer.send({ type, timestamp: 0, streamId: 1, payload: Buffer.from(hex.replaceAll(' ', ''), 'hex') })
    await isClosed(peer)
    expect(peer.status?.code).toBe('NetStream.Publish.Rejected')
    expect(peer.status?.description).toContain(words)
    expect((await (await server.publication('a')).closed).reason).toBe('unsupported_media')
  })
})

describe('an attacker', () => {
  it('gets 5 s for the handshake in all, however slowly it drips', async () => {
    await start({ limits: { handshakeMs: 150 } })
    const peer = new RtmpPeer(server.port)
    peers.push(peer)
    peer.socket.write(Buffer.of(3))
    const drip = setInterval(() => peer.socket.write(Buffer.of(0)), 20)
    await isClosed(peer)
    clearInterval(drip)
  })

  it('gets 10 s to publish, whatever else it says', async () => {
    await start({ limits: { publishMs: 150 } })
    const peer = await open()
    peer.connect()
    const chat = setInterval(() => peer.command('_checkbw', 9, null), 20)
    await isClosed(peer)
    clearInterval(chat)
    expect(peer.status?.description).toBe('The encoder connected but did not publish')
  })

  it('is dropped when it falls silent while publishing', async () => {
    await start({ limits: { idleMs: 150 } })
    const peer = await publish('a')
    await isClosed(peer)
    expect((await (await server.publication('a')).closed).reason).toBe('timeout')
  })

  it('is dropped for a message too long, by its header alone, long before 64 KiB came', async () => {
    await start()
    const peer = await open()
    peer.connect()
    peer.socket.write(Buffer.from('04000000ffffff0900000000', 'hex'))
    await isClosed(peer)
  })

  it('is dropped for AMF that nests too deep', async () => {
    await start()
    const peer = await open()
    const payload = Buffer.concat([encodeAmf0('connect', 1), Buffer.alloc(60_000, Buffer.from('0a00000001', 'hex'))])
    peer.send({ type: messageType.commandAmf0, timestamp: 0, streamId: 0, payload })
    await isClosed(peer)
  })

  it('is dropped when it asks and asks but never reads the answers', async () => {
    await start({ limits: { idleMs: 60_000, publishMs: 60_000 } })
    const peer = await open()
    peer.socket.pause()
    const pings = Buffer.concat(Array.from({ length: 20_000 }, () => pingBytes))
    let reset = false
    peer.socket.on('error', () => {
      reset = true
    })
    await eventually('the connection is reset', () => {
      if (peer.socket.writableLength < 5_000_000) peer.socket.write(pings)
      return reset || peer.closed
    })
  })

  it('gets no media through before it may publish', async () => {
    await start()
    const peer = await open()
    peer.connect()
    peer.video(0, avcHeader)
    peer.video(0, keyframe)
    peer.send(command(1, 'publish', 3, null, 'a', 'live'))
    const publication = await server.publication('a')
    peer.video(40, interFrame)
    await eventually('media came', () => publication.received().bytes > 0)
    expect(publication.received().bytes).toBe(interFrame.length)
  })

  it('gets so many connections per address and no more, until one is closed', async () => {
    const said: string[] = []
    await start({ limits: { connectionsPerAddress: 2 }, log: { info: (_, message) => void said.push(message) } })
    const first = await open()
    await open()
    const third = new RtmpPeer(server.port)
    await isClosed(third)
    expect(said).toContain('too many RTMP connections from one address')
    first.socket.destroy()
    await eventually('there is room again', () => open())
  })

  it('cannot fill the server beyond its limit', async () => {
    await start({ limits: { connections: 1 } })
    await open()
    const second = new RtmpPeer(server.port)
    await isClosed(second)
  })
})

describe('the FLV of a publication', () => {
  it('describes the source as soon as headers and frame rate are known, and sound has come', async () => {
    await start()
    const peer = await publish('a')
    const publication = await server.publication('a')
    const metadata = encodeAmf0('@setDataFrame', 'onMetaData', new Amf0EcmaArray({ framerate: 50, encoder: 'test' }))
    peer.send({ type: messageType.dataAmf0, timestamp: 0, streamId: 1, payload: metadata })
    peer.video(0, avcHeader)
    peer.audio(0, aacHeader)
    peer.audio(0, aacFrame)
    expect(await publication.ready).toMatchObject({
      protocol: 'rtmp',
      video: { codec: 'h264', profile: 'Constrained Baseline', width: 320, height: 180, fps: 50 },
      audio: { codec: 'aac', sample_rate: 44_100, channels: 2 },
      encoder: 'test',
    })
  })

  it('is described after 1.5 s with what is there, and at its end', async () => {
    await start()
    const peer = await publish('silent')
    peer.video(0, avcHeader)
    expect((await (await server.publication('silent')).ready).audio).toBeNull()
    const gone = await publish('gone')
    gone.socket.destroy()
    expect((await (await server.publication('gone')).ready).video).toBeNull()
  })

  it('begins again at the newest keyframe for a reader that comes later', async () => {
    await start()
    const peer = await publish('a')
    const publication = await server.publication('a')
    const first = publication.openFlv().resume()
    peer.video(0, avcHeader)
    peer.audio(0, aacHeader)
    peer.video(0, keyframe)
    peer.video(40, interFrame)
    peer.video(0x01000000, keyframe)
    peer.audio(0x01000001, aacFrame)
    const sent = avcHeader.length + aacHeader.length + 2 * keyframe.length + interFrame.length + aacFrame.length
    await eventually('all came', () => publication.received().bytes === sent)
    const second = publication.openFlv()
    const flv: Buffer[] = []
    second.on('data', (bytes: Buffer) => flv.push(bytes))
    await eventually('the first reader is over', () => first.destroyed)
    await eventually('the GOP is there', () => Buffer.concat(flv).includes(aacFrame))
    // The clock jumps by hours; what FFmpeg gets goes on.
    expect(tags(Buffer.concat(flv))).toEqual([
      [9, 1_000, avcHeader.length],
      [8, 1_000, aacHeader.length],
      [9, 1_080, keyframe.length],
      [8, 1_081, aacFrame.length],
    ])
    peer.socket.destroy()
    await eventually('the reader has its end', () => second.readableEnded)
  })

  it('holds the encoder back while its reader is behind, and loses nothing', async () => {
    await start({ limits: { maxBehindBytes: 256 * 1024, idleMs: 300 } })
    const peer = await publish('a')
    const publication = await server.publication('a')
    const reader = publication.openFlv()
    peer.video(0, avcHeader)
    const frames = 2_000
    const big = Buffer.concat([interFrame, Buffer.alloc(16 * 1024)])
    peer.video(0, keyframe)
    for (let index = 1; index <= frames; index++) peer.video(index, big)
    await eventually('the encoder stands still', async () => {
      const before = peer.socket.writableLength
      await new Promise((resolve) => setTimeout(resolve, 400))
      return before > 0 && before === peer.socket.writableLength
    })
    expect(publication.received().bytes).toBeLessThan(1024 * 1024)
    expect(server.publications).toHaveLength(1)
    let bytes = 0
    reader.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    const whole =
      13 + [avcHeader, keyframe].reduce((sum, each) => sum + 15 + each.length, 0) + frames * (15 + big.length)
    await eventually('everything came', () => bytes === whole)
  })
})

const pingBytes = Buffer.from('020000000000060400000000000600000001', 'hex')

/** Type, timestamp and payload length of each tag. */
function tags(flv: Buffer): [number, number, number][] {
  expect(flv.toString('latin1', 0, 3)).toBe('FLV')
  const found: [number, number, number][] = []
  for (let at = 13; at < flv.length; ) {
    const length = flv.readUIntBE(at + 1, 3)
    expect(flv.readUInt32BE(at + 11 + length)).toBe(11 + length)
    found.push([flv.readUInt8(at), flv.readUIntBE(at + 4, 3) + flv.readUInt8(at + 7) * 2 ** 24, length])
    at += 15 + length
  }
  return found
}
