import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { startRelay } from '#tests/support/relay.ts'
import { aacFrame, aacHeader, avcHeader, interFrame, keyframe, RtmpPeer } from '#tests/support/rtmp-peer.ts'
import { type TestRtmpServer, testRtmpServer } from '#tests/support/rtmp-server.ts'
import { holderAddresses } from '#worker/ingest/rtmp/holder-address.ts'
import type { RtmpAuthorization } from '#worker/ingest/rtmp/publications.ts'
import { command } from '#worker/rtmp/messages.ts'

const servers: TestRtmpServer[] = []
const peers: RtmpPeer[] = []
let answer: () => RtmpAuthorization | Promise<RtmpAuthorization>

async function serverThat(authorize?: () => RtmpAuthorization | Promise<RtmpAuthorization>): Promise<TestRtmpServer> {
  const server = await testRtmpServer({
    limits: { relayAskEachMs: 50 },
    ...(authorize && { authorize: async () => authorize() }),
  })
  servers.push(server)
  return server
}
const elsewhere = (port: number): RtmpAuthorization => ({
  accept: false,
  code: 'NetStream.Publish.Denied',
  description: 'Another worker runs this live stream.',
  holder: { rtmp_url: `rtmp://127.0.0.1:${port}/live` },
})
/** The worker that holds the stream, and the one that the encoder comes to. */
async function pair(holder?: () => RtmpAuthorization) {
  const held = await serverThat(holder)
  answer = () => elsewhere(held.port)
  return { holder: held, near: await serverThat(() => answer()) }
}
async function publish({ port }: TestRtmpServer, key = 'key'): Promise<RtmpPeer> {
  const peer = await RtmpPeer.publish(port, key)
  peers.push(peer)
  return peer
}
/** Waits until a publication has given `bytes` of FLV, and gives them. */
async function flvOf(server: TestRtmpServer, bytes = 1): Promise<Buffer> {
  const publication = await server.publication('key')
  const read: Buffer[] = []
  publication.openFlv().on('data', (chunk: Buffer) => read.push(chunk))
  return eventually('the media is there', () => {
    const all = Buffer.concat(read)
    return all.length >= bytes && all
  })
}

afterEach(async () => {
  for (const peer of peers.splice(0)) peer.socket.destroy()
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

describe('an encoder whose stream another worker runs', () => {
  it('publishes there, from its first frame on, with what it sent before it had an answer', async () => {
    const { holder, near } = await pair()
    const peer = await RtmpPeer.open(near.port)
    peers.push(peer)
    peer.connect()
    peer.command('createStream', 2, null)
    peer.send(command(1, 'publish', 3, null, 'key?input=in_backup', 'live'))
    peer.video(0, avcHeader)
    peer.audio(0, aacHeader)
    peer.video(0, keyframe)
    peer.audio(5, aacFrame)
    await eventually('publish was answered', () => peer.status)
    expect(peer.status?.code).toBe('NetStream.Publish.Start')
    const flv = await flvOf(holder, 250)
    for (const sent of [avcHeader, aacHeader, keyframe, aacFrame]) expect(flv.includes(sent)).toBe(true)
    expect(near.publications).toEqual([])
    expect(holder.publications[0]).toMatchObject({ streamKey: 'key' })
  })

  it('is told in the words of the holder, when it refuses and when it ends the stream', async () => {
    const refusal = { accept: false, code: 'NetStream.Publish.BadName', description: 'Already published.' } as const
    const refusing = await pair(() => refusal)
    const refused = await publish(refusing.near)
    expect(refused.status).toMatchObject({ code: refusal.code, description: refusal.description })
    await eventually('it is let go', () => refused.closed)

    const { holder, near } = await pair()
    const peer = await publish(near)
    ;(await holder.publication('key')).close('The stream was switched off.')
    await eventually('it is told', () => peer.status?.description === 'The stream was switched off.')
    await eventually('it is let go', () => peer.closed)
  })

  it('says goodbye or vanishes there as it does here', async () => {
    const { holder, near } = await pair()
    const stopping = await publish(near)
    const first = await holder.publication('key')
    stopping.command('deleteStream', 0, null, 1)
    expect((await first.closed).reason).toBe('unpublished')
    const vanishing = await publish(near)
    const second = await holder.publication('key')
    vanishing.socket.destroy()
    expect((await second.closed).reason).toBe('disconnected')
  })

  it('is handed on once and never again, whatever workers say of each other', async () => {
    const near = await serverThat(() => elsewhere(far.port))
    const far: TestRtmpServer = await serverThat(() => elsewhere(near.port))
    const peer = await publish(near)
    expect(peer.status).toMatchObject({ code: 'NetStream.Publish.Denied' })
    expect([near.asked, far.asked]).toEqual([['key'], ['key handed on']])
  })

  it('is kept while the holder is silent, and taken as soon as the stream may run here', async () => {
    const { holder, near } = await pair()
    await holder.close()
    let asked = 0
    answer = () => (++asked < 3 ? elsewhere(holder.port) : { accept: true })
    const peer = await publish(near)
    expect(peer.status?.code).toBe('NetStream.Publish.Start')
    expect(near.publications).toHaveLength(1)
  })

  it('stays connected when its stream goes to another worker, which may be this one', async () => {
    const { holder, near } = await pair()
    const peer = await publish(near)
    const publication = await holder.publication('key')
    answer = () => ({ accept: true })
    publication.close('The stream goes to another worker.', true)
    await near.publication('key')
    expect((await publication.closed).reason).toBe('closed_by_us')
    expect(peer.closed).toBe(false)
  })

  it('stays connected when the holder dies, and goes on here with the next keyframe', async () => {
    const { holder, near } = await pair()
    const way = await startRelay(holder.port)
    answer = () => elsewhere(way.port)
    const kept = await publish(near)
    kept.video(0, avcHeader)
    kept.audio(0, aacHeader)
    kept.video(0, keyframe)
    await flvOf(holder, 100)
    answer = () => ({ accept: true })
    await way.close()
    const publication = await near.publication('key')
    kept.video(40, interFrame)
    kept.video(80, keyframe)
    await eventually('media comes here', () => publication.received().bytes >= keyframe.length)
    const flv = await flvOf(near, 100)
    expect([flv.includes(avcHeader), flv.includes(keyframe), flv.includes(interFrame)]).toEqual([true, true, false])
    expect(kept.closed).toBe(false)
  })
})

describe('the address of a holder', () => {
  it.each([
    ['its own, where both are the same', 'rtmp://10.0.0.7/live', 'http://10.0.0.7:8788', ['10.0.0.7:1935']],
    [
      'first that of its origin, where encoders are told a name that all workers share',
      'rtmp://live.example:1936/live',
      'https://w1.example',
      ['w1.example:1936', 'live.example:1936'],
    ],
    ['the one that a certificate is for', 'rtmps://live.example/live', 'http://10.0.0.7:8788', ['live.example:443']],
    ['its own where it is IPv6', 'rtmp://[::1]:1940/live', 'http://[::1]:8788', ['::1:1940']],
  ])('is %s', (_, rtmp_url, origin_url, expected) => {
    expect(holderAddresses({ rtmp_url, origin_url }).map(({ host, port }) => `${host}:${port}`)).toEqual(expected)
  })
})
