import type { Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { type PlatformScript, startScriptedPlatform } from '#tests/support/scripted-platform.ts'
import { picture, testAudio, testVideo } from '#tests/support/tracks.ts'
import { systemClock } from '#worker/fanout/clock.ts'
import { BatchEncoder } from '#worker/fanout/media-batch.ts'
import type { PublishFailure } from '#worker/fanout/publish-failure.ts'
import { openPublication } from '#worker/fanout/rtmp-client.ts'
import { parseTarget } from '#worker/fanout/target.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { status, userControl, userControlEvent } from '#worker/rtmp/messages.ts'

/** Publishes to a server that keeps to this script. */
async function open(script: PlatformScript, signal = new AbortController().signal, authorities: string[] = []) {
  const platform = await startScriptedPlatform(script)
  onTestFinished(() => platform.close())
  const losses: PublishFailure[] = []
  const publication = await openPublication(parseTarget(platform.url, 'secret-key'), {
    clock: systemClock,
    acknowledgeEachBytes: 50_000,
    ...{ signal, authorities },
    onAcknowledged: () => {},
    onLost: (failure) => losses.push(failure),
  })
  onTestFinished(() => publication.unpublish())
  const loss = () => eventually('the session is lost', () => losses[0], { timeoutMs: 20_000 })
  return { publication, losses, loss }
}
const failureOf = (opening: Promise<unknown>) =>
  opening.then(
    () => {
      throw new Error('It opened')
    },
    (failure: PublishFailure) => failure.error,
  )
const chunk = (message: Parameters<typeof encodeMessage>[0]) => encodeMessage(message, 128, 3)

describe('openPublication', () => {
  it('takes the stream id that the server chooses', async () => {
    const { publication } = await open({ streamId: 5 })
    const batch = new BatchEncoder({ video: testVideo, audio: testAudio, title: '' }).encode([], picture(0))
    expect(publication.encode(batch, false)).toBe(batch.media.bytesFor(5))
    expect(publication.roundTripMs).toBeGreaterThan(0)
  })

  it('looks at no certificates where nothing is encrypted', async () => {
    const { publication } = await open({}, undefined, ['no certificate'])
    expect(publication.roundTripMs).toBeGreaterThan(0)
  })

  it('answers pings', async () => {
    let heard = Buffer.alloc(0)
    const onPublish = (socket: Socket) => {
      socket.on('data', (bytes: Buffer) => {
        heard = Buffer.concat([heard, bytes])
      })
      socket.write(chunk(userControl(userControlEvent.pingRequest, 0xabcdef12)))
    }
    await open({ onPublish })
    const pong = Buffer.from('0007abcdef12', 'hex')
    await eventually('the answer has come', () => heard.includes(pong))
  })

  it('reports the words with which the platform ends the broadcast, without the key', async () => {
    const farewell = chunk(status(1, 'error', 'NetStream.Publish.Failed', 'secret-key is over its limit'))
    const { loss } = await open({ onPublish: (socket) => setTimeout(() => socket.write(farewell), 50) })
    const { error } = await loss()
    expect(error).toMatchObject({ code: 'over_limit' })
    expect(error.detail).toContain('“••• is over its limit”')
  })

  it('tells nobody of a loss that it was asked for', async () => {
    const { publication, losses } = await open({})
    await publication.unpublish()
    expect(losses).toEqual([])
  })

  it('gives up when it is told to', async () => {
    const ending = new AbortController()
    const opening = open({ onHandshake: () => ending.abort() }, ending.signal)
    expect(await failureOf(opening)).toMatchObject({ code: 'stopped' })
  })

  it.each([
    ['garbage', Buffer.alloc(5_000, 0xee)],
    ['a message of 16 MB', Buffer.from('03000000ffffff1400000000', 'hex')],
    ['a command that is no AMF', chunk({ type: 20, timestamp: 0, streamId: 0, payload: Buffer.from('ff', 'hex') })],
  ])('leaves a server that says %s', async (_what, bytes) => {
    const opening = open({ onHandshake: (socket) => void socket.write(bytes) })
    expect(await failureOf(opening)).toMatchObject({ code: 'protocol_error' })
  })

  it('leaves a server that floods it with pings and reads no answer', async () => {
    const pings = Buffer.concat(Array(4_000).fill(chunk(userControl(userControlEvent.pingRequest, 1))))
    const { loss } = await open({
      onPublish: (socket) => {
        socket.pause()
        const flood = () => {
          while (!socket.destroyed && socket.write(pings));
        }
        socket.on('drain', flood)
        setTimeout(flood, 50)
      },
    })
    expect((await loss()).error.code).toBe('protocol_error')
  })
})
