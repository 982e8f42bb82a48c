import { createServer, type Socket } from 'node:net'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { Handshake } from '#worker/rtmp/handshake.ts'
import {
  command,
  messageType,
  type RtmpMessage,
  readCommand,
  status,
  windowAcknowledgementSize,
} from '#worker/rtmp/messages.ts'
import { listen } from './tcp-tap.ts'

export interface PlatformScript {
  /** The message stream id that it gives. Default 1. */
  readonly streamId?: number
  /** Changes each answer on its way out. */
  readonly garble?: (answer: Buffer) => Buffer
  /** Instead of all that follows the handshake. */
  readonly onHandshake?: (socket: Socket) => void
  /** Once it has accepted a publisher; nothing is read from then on but by this. */
  readonly onPublish?: (socket: Socket) => void
}
export interface ScriptedPlatform {
  readonly url: string
  close(): Promise<void>
}

/** A server on loopback that accepts every publisher, but for what the script says. */
export async function startScriptedPlatform(script: PlatformScript): Promise<ScriptedPlatform> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    const handshake = new Handshake('server')
    socket.on('data', function shake(bytes: Buffer) {
      const { send, rest } = handshake.push(bytes)
      if (send.length > 0) socket.write(send)
      if (!rest) return
      socket.off('data', shake)
      if (script.onHandshake) script.onHandshake(socket)
      else converse(socket, rest, script)
    })
  })
  const port = await listen(server)
  return {
    url: `rtmp://127.0.0.1:${port}/live`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function converse(socket: Socket, first: Buffer, { streamId = 1, garble = same, onPublish }: PlatformScript): void {
  const reader = new ChunkReader()
  const talk = (bytes: Buffer) => {
    for (const message of reader.push(bytes)) {
      if (message.type !== messageType.commandAmf0) continue
      const { name } = readCommand(message)
      const answers = answersTo(name, streamId).map((answer) => encodeMessage(answer, 128, 3))
      if (answers.length > 0) socket.write(garble(Buffer.concat(answers)))
      if (name !== 'publish' || !onPublish) continue
      socket.off('data', talk)
      onPublish(socket)
    }
  }
  socket.on('data', talk)
  talk(first)
}

const same = (answer: Buffer) => answer

function answersTo(name: string, streamId: number): RtmpMessage[] {
  switch (name) {
    case 'connect':
      return [
        windowAcknowledgementSize(2_500_000),
        command(
          0,
          '_result',
          1,
          { fmsVer: 'FMS/3,0,1,123' },
          { level: 'status', code: 'NetConnection.Connect.Success' },
        ),
      ]
    case 'createStream':
      return [command(0, '_result', 4, null, streamId)]
    case 'publish':
      return [status(streamId, 'status', 'NetStream.Publish.Start', 'publishing')]
    default:
      return []
  }
}
