import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AddressRules } from '#schema/address-rules.ts'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { ffmpegPublisher } from '#tests/support/rtmp-encoders.ts'
import { listen } from '#tests/support/tcp-tap.ts'
import type { Amf0Value } from '#worker/rtmp/amf0.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { Handshake } from '#worker/rtmp/handshake.ts'
import { command, messageType, type RtmpMessage, readCommand, status } from '#worker/rtmp/messages.ts'
import { pull } from './pulling.ts'

/** An RTMP server that answers each command as the script says. */
async function scripted(answer: (name: string) => readonly RtmpMessage[]) {
  const asked: string[] = []
  const server = createServer((socket) => {
    const handshake = new Handshake('server')
    const reader = new ChunkReader()
    let shaken = false
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      let rest: Buffer | undefined = bytes
      if (!shaken) {
        const step = handshake.push(bytes)
        socket.write(step.send)
        rest = step.rest
        shaken = rest !== undefined
      }
      if (rest === undefined) return
      for (const message of reader.push(rest)) {
        if (message.type !== messageType.commandAmf0) continue
        const { name, args } = readCommand(message)
        asked.push([name, ...args].join(' '))
        for (const reply of answer(name)) socket.write(encodeMessage(reply, 128, 3))
      }
    })
  })
  onTestFinished(() => void server.close())
  return { port: await listen(server), asked }
}

const refusal = (extra: Record<string, Amf0Value>) =>
  command(0, '_error', 1, null, { level: 'error', code: 'NetConnection.Connect.Rejected', ...extra })

describe('an RTMP server', () => {
  it('that redirects is followed to an allowed address', async () => {
    const nginx = await startNginxRtmp({ record: false })
    onTestFinished(() => nginx.close())
    const encoder = ffmpegPublisher(await flvFixture({ width: 320, height: 180 }), `${nginx.url}/a`, { loop: true })
    onTestFinished(() => encoder.kill())
    const { port } = await scripted(() => [refusal({ ex: { code: 302, redirect: `${nginx.url}/a` } })])
    const pulling = await pull({ urls: [`rtmp://127.0.0.1:${port}/live/a`] })
    expect((await (await pulling.source()).ready).video?.codec).toBe('h264')
  })

  it('that redirects inside is refused', async () => {
    const { port } = await scripted(() => [refusal({ ex: { code: 302, redirect: 'rtmp://127.0.0.2:1935/live/a' } })])
    const rules = new AddressRules(['127.0.0.1'])
    await (await pull({ urls: [`rtmp://127.0.0.1:${port}/live/a`] }, { rules })).issue('address_refused')
  })

  it.each([
    ['not_found', 'NetStream.Play.StreamNotFound'],
    ['forbidden', 'NetStream.Play.Failed'],
  ])('that refuses to play is told as %s', async (code, reason) => {
    const { port, asked } = await scripted((name) => {
      if (name === 'connect') return [command(0, '_result', 1, null, { code: 'NetConnection.Connect.Success' })]
      if (name === 'createStream') return [command(0, '_result', 2, null, 1)]
      return [status(1, 'error', reason, 'no')]
    })
    const pulling = await pull({ urls: [`rtmp://127.0.0.1:${port}/live/a?token=1`] })
    await pulling.issue(code)
    await eventually('it was asked', () => asked.some((line) => line.startsWith('play a?token=1')))
  })

  it('that sends a codec which can not be read is told as codec_unsupported', async () => {
    const enhancedHevc = Buffer.from([0x90, ...Buffer.from('hvc1'), 0, 0, 0, 0])
    const { port } = await scripted((name) => {
      if (name === 'connect') return [command(0, '_result', 1, null, {})]
      if (name === 'createStream') return [command(0, '_result', 2, null, 1)]
      if (name !== 'play') return []
      return [{ type: messageType.video, timestamp: 0, streamId: 1, payload: enhancedHevc }]
    })
    await (await pull({ urls: [`rtmp://127.0.0.1:${port}/live/a`] })).issue('codec_unsupported')
  })
})
