import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { descendants } from '#tests/support/processes.ts'
import { ProgramFolder } from '#tests/support/programs.ts'
import { passphrase, type TestSrtServer, testSrtServer } from '#tests/support/srt.ts'
import { conclusion, keyMaterial, SrtPeer, streamIdContent } from '#tests/support/srt-handshake.ts'
import { CookieJar } from '#worker/ingest/srt/cookie.ts'
import { HandshakeRate } from '#worker/ingest/srt/handshake-rate.ts'
import { rewrapKeys } from '#worker/ingest/srt/key-material.ts'
import { latencyFor } from '#worker/ingest/srt/latency.ts'
import { RefusalMemory } from '#worker/ingest/srt/refusal-memory.ts'
import { streamIdText } from '#worker/ingest/srt/stream-id.ts'
import { handshakeType, readHandshake, srtMagic, withExtension, writeHandshake } from '#worker/srt/handshake.ts'
import { controlPacket, controlType, controlTypeOf, extensionType } from '#worker/srt/packet.ts'
import { recordedLog } from '../../agent/registry-under-test.ts'

describe('a handshake', () => {
  it('is written as it was read, with all its extensions', () => {
    const handshake = conclusion('publish:key')
    expect(readHandshake(writeHandshake(handshake))).toEqual(handshake)
  })

  it('is not read when an extension is longer than the datagram', () => {
    const datagram = writeHandshake(conclusion('publish:key'))
    expect(readHandshake(datagram.subarray(0, -1))).toBeUndefined()
    expect(readHandshake(datagram.subarray(0, 63))).toBeUndefined()
    datagram[0] = 0
    expect(readHandshake(datagram)).toBeUndefined()
  })
})

describe('a stream id extension', () => {
  it('has each four bytes in reverse order', () => {
    expect(streamIdContent('publish:k').toString('latin1')).toBe('lbup:hsi\0\0\0k')
    expect(streamIdText(streamIdContent('publish:k'))).toBe('publish:k')
  })

  it('with bytes that are no text is not read', () => {
    expect(streamIdText(streamIdContent('a\nb'))).toBeUndefined()
    expect(streamIdText(Buffer.alloc(0))).toBe('')
  })
})

describe('the latency', () => {
  const asking = (ms: number) => {
    const content = Buffer.from('00010501000000bf00000000', 'hex')
    content.writeUInt16BE(ms, 10)
    return latencyFor(withExtension(conclusion('key'), extensionType.srtRequest, content))
  }
  it.each([
    ['is what the caller asks for', 60, 60],
    ['is ours where the caller asks for nothing', 0, 200],
    ['has an end', 60_000, 8_000],
  ])('%s', (_, asked, given) => expect(asking(asked)).toBe(given))
})

describe('the cookie', () => {
  it('is good for its address, port and a minute, and for nobody else', () => {
    let nowMs = 0
    const jar = new CookieJar(() => nowMs)
    const cookie = jar.bake('192.0.2.1', 5_000)
    expect(jar.isOurs(cookie, '192.0.2.1', 5_000)).toBe(true)
    expect(jar.isOurs(cookie, '192.0.2.1', 5_001)).toBe(false)
    expect(jar.isOurs(cookie, '192.0.2.2', 5_000)).toBe(false)
    expect(new CookieJar(() => nowMs).isOurs(cookie, '192.0.2.1', 5_000)).toBe(false)
    nowMs = 119_000
    expect(jar.isOurs(cookie, '192.0.2.1', 5_000)).toBe(true)
    nowMs = 121_000
    expect(jar.isOurs(cookie, '192.0.2.1', 5_000)).toBe(false)
  })
})

describe('the handshake rate', () => {
  it('is bounded per address and second', () => {
    let nowMs = 0
    const rate = new HandshakeRate(3, () => nowMs)
    expect([1, 2, 3, 4].map(() => rate.admits('192.0.2.1'))).toEqual([true, true, true, false])
    expect(rate.admits('192.0.2.2')).toBe(true)
    nowMs = 1_000
    expect(rate.admits('192.0.2.1')).toBe(true)
  })
})

describe('a refusal', () => {
  it('is remembered for three seconds, a thousand of them', () => {
    let nowMs = 0
    const memory = new RefusalMemory(() => nowMs)
    for (let call = 0; call < 1_500; call++) memory.remember(`call ${call}`, Buffer.from([call]))
    expect(memory.recall('call 1')).toBeUndefined()
    expect(memory.recall('call 1499')).toEqual(Buffer.from([1_499]))
    nowMs = 3_001
    expect(memory.recall('call 1499')).toBeUndefined()
  })
})

describe('key material', () => {
  it.each([16, 24, 32] as const)('with a key of %d bytes opens only with its passphrase', async (keyBytes) => {
    expect(await rewrapKeys(keyMaterial(keyBytes), 'one passphrase', 'another one')).toBeUndefined()
  })

  it('is opened and closed again as libsrt does it', async () => {
    // What libsrt 1.5.1 sent for 'correct horse battery', AES-128, and back again.
    const inner = await rewrapKeys(fromLibsrt, passphrase, 'some other words')
    if (!Buffer.isBuffer(inner)) throw new Error('It could not be opened')
    expect(inner.subarray(0, 32)).toEqual(fromLibsrt.subarray(0, 32))
    expect(inner.equals(fromLibsrt)).toBe(false)
    expect(await rewrapKeys(inner, 'some other words', passphrase)).toEqual(fromLibsrt)
    expect(await rewrapKeys(inner, passphrase, 'some other words')).toBeUndefined()
  })

  it.each([
    ['that is cut short', keyMaterial(16).subarray(0, -1)],
    ['without a key', Buffer.concat([Buffer.from('12202900', 'hex'), keyMaterial(16).subarray(4)])],
    ['that is nothing', Buffer.alloc(0)],
  ])('%s is malformed', async (_, message) => {
    expect(await rewrapKeys(message, 'one passphrase', 'another one')).toBe('malformed')
  })
})

describe('the server', () => {
  let server: TestSrtServer | undefined
  let peer: SrtPeer | undefined
  afterEach(async () => {
    peer?.close()
    await server?.close()
  })

  it('answers an induction with a cookie and the magic, in no more bytes than it got', async () => {
    server = await testSrtServer()
    peer = await SrtPeer.open(server.port)
    const answer = await peer.ask({ ...conclusion('key'), version: 4, type: handshakeType.induction, extensions: [] })
    expect(answer).toMatchObject({ version: 5, extensionField: srtMagic, destination: 4_711, type: 1 })
    expect(peer.received.at(-1)).toHaveLength(64)
  })

  it('does not hear a conclusion without the right cookie', async () => {
    server = await testSrtServer()
    peer = await SrtPeer.open(server.port)
    const { cookie } = await peer.withCookie(conclusion('publish:refused'))
    peer.send(writeHandshake({ ...conclusion('publish:refused'), cookie: (cookie ^ 1) >>> 0 }))
    // The next answer is to the next question.
    expect((await peer.ask({ ...conclusion('publish:refused-too'), cookie })).type).toBe(2_404)
    expect(server.asked).toEqual(['refused-too'])
  })

  it('asks once about a caller that repeats itself, and repeats its answer', async () => {
    server = await testSrtServer()
    peer = await SrtPeer.open(server.port)
    const ready = await peer.withCookie(conclusion('publish:refused'))
    const answers = [await peer.ask(ready), await peer.ask(ready), await peer.ask(ready)]
    expect(answers.map(({ type }) => type)).toEqual([2_404, 2_404, 2_404])
    expect(server.asked).toEqual(['refused'])
  })

  it.each([
    ['older than HSv5', { version: 4 }, 1_008],
    ['without extensions', { extensions: [] }, 1_008],
  ])('refuses a caller %s', async (_, fault, rejection) => {
    server = await testSrtServer()
    peer = await SrtPeer.open(server.port)
    expect(await peer.ask({ ...(await peer.withCookie(conclusion('key'))), ...fault })).toMatchObject({
      type: rejection,
    })
  })

  it('forgets a caller that shakes hands and then falls silent', async () => {
    server = await testSrtServer({ limits: { idleMs: 500 } })
    peer = await SrtPeer.open(server.port)
    const call = conclusion('publish:half-open', { keys: fromLibsrt })
    expect((await peer.ask(await peer.withCookie(call))).type).toBe(handshakeType.conclusion)
    const { source } = await server.source('half-open')
    expect(await source.ended).toEqual({ reason: 'lost', detail: 'Nothing comes from the encoder any more.' })
    await eventually('its listener is gone', () => descendants(process.pid, 'mode=listener').length === 0)
  })

  it('tells a caller that only keeps the connection alive', async () => {
    server = await testSrtServer({ limits: { silentMs: 600 } })
    const alive = await SrtPeer.open(server.port)
    peer = alive
    const call = conclusion('publish:mute', { keys: fromLibsrt })
    const { socketId } = await alive.ask(await alive.withCookie(call))
    const { source } = await server.source('mute')
    const beat = setInterval(
      () => alive.send(controlPacket(controlType.keepalive, { destination: socketId }, four)),
      100,
    )
    const end = await source.ended
    clearInterval(beat)
    expect(end).toEqual({ reason: 'lost', detail: 'The encoder is connected but sends nothing.' })
    const last = alive.received.at(-1)
    await eventually('it was told', () => last && controlTypeOf(alive.received.at(-1)!) === controlType.shutdown)
  })

  it('lets in only so many at a time', async () => {
    server = await testSrtServer({ limits: { opening: 2, openingMs: 400 }, authorize: () => new Promise(() => {}) })
    peer = await SrtPeer.open(server.port)
    const { cookie } = await peer.withCookie(conclusion('publish:key'))
    const from = (socketId: number) => ({ ...conclusion('publish:key', { socketId }), cookie })
    peer.send(writeHandshake(from(1)))
    peer.send(writeHandshake(from(2)))
    expect(await peer.ask(from(3))).toMatchObject({ type: 2_402, destination: 3 })
    await eventually('the others took too long', () => server?.logged.length === 3)
    expect((await peer.ask(from(4))).type).toBe(2_503)
  })

  it.each([
    ['can not receive SRT', 'echo "srt://127.0.0.1: Protocol not found" >&2; exit 1', /with libsrt/],
    ['does not start', 'exit 1', /did not start/],
  ])('refuses a caller when FFmpeg %s, and says so in its log', async (_, script, words) => {
    const programs = await ProgramFolder.create()
    server = await testSrtServer({ ffmpeg: await programs.ffmpeg(script) })
    peer = await SrtPeer.open(server.port)
    const call = await peer.withCookie(conclusion('publish:key', { keys: fromLibsrt }))
    expect((await peer.ask(call)).type).toBe(2_500)
    expect(server.logged.at(-1)).toMatchObject({ rejection: 2_500, detail: expect.stringMatching(words) })
    await programs.remove()
  })

  it('waits for an FFmpeg that starts slowly, longer than for one that is connected and silent', async () => {
    const programs = await ProgramFolder.create()
    const ffmpeg = await programs.ffmpeg('sleep 1; exec ffmpeg "$@"')
    server = await testSrtServer({ ffmpeg, limits: { idleMs: 200, silentMs: 200 } })
    peer = await SrtPeer.open(server.port)
    const call = await peer.withCookie(conclusion('publish:key', { keys: fromLibsrt }))
    expect((await peer.ask(call)).type).toBe(handshakeType.conclusion)
    await programs.remove()
  })

  it('logs what the FFmpeg of a caller says with what it publishes to', async () => {
    const programs = await ProgramFolder.create()
    const { log, lines } = recordedLog()
    const about = { stream: 'ls_1', session: 'ses_1', input: 'in_1' }
    const authorize = async () => ({ accept: true, passphrase, about }) as const
    const ffmpeg = { ...(await programs.ffmpeg('echo "no such protocol" >&2; exit 1')), log }
    server = await testSrtServer({ ffmpeg, authorize })
    peer = await SrtPeer.open(server.port)
    expect((await peer.ask(await peer.withCookie(conclusion('publish:key', { keys: fromLibsrt })))).type).toBe(2_500)
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { part: 'ffmpeg', ...about, msg: 'no such protocol' },
    ])
    await programs.remove()
  })

  it('gives a second caller with the same key the place that it was let in for, beside the first', async () => {
    let places = 0
    const authorize = async () => ({ accept: true, passphrase, slot: `in_${++places}` }) as const
    server = await testSrtServer({ authorize })
    peer = await SrtPeer.open(server.port)
    for (const socketId of [1, 2]) {
      const call = await peer.withCookie(conclusion('publish:good', { socketId, keys: fromLibsrt }))
      expect((await peer.ask(call)).type).toBe(handshakeType.conclusion)
    }
    expect(server.sources.map(({ streamKey, input }) => [streamKey, input])).toEqual([
      ['good', 'in_1'],
      ['good', 'in_2'],
    ])
    expect(await Promise.race([server.sources[0]!.source.ended, 'it is there'])).toBe('it is there')
  })

  it('lets nobody reach a caller from another port', async () => {
    server = await testSrtServer()
    peer = await SrtPeer.open(server.port)
    const stranger = await SrtPeer.open(server.port)
    const mine = await peer.withCookie(conclusion('publish:refused'))
    // The cookie of one port is worth nothing on another.
    stranger.send(writeHandshake(mine))
    expect((await peer.ask(mine)).type).toBe(2_404)
    expect(stranger.received).toEqual([])
    stranger.close()
  })
})

const four = Buffer.alloc(4)
const fromLibsrt = Buffer.from(
  '12202901000000000200020000000404a71cc918b608c1ae21fe3a67d639a67ef6d41bceea92e7808aa72deba2e19858e1e24b91501b7415',
  'hex',
)
