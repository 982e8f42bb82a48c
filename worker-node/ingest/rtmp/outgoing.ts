import type { Socket } from 'node:net'
import { defaultChunkSize, encodeMessage } from '../../rtmp/chunk-writer.ts'
import {
  acknowledgement,
  chunkStreamId,
  messageType,
  type RtmpMessage,
  readUint32,
  readUserControl,
  userControl,
  userControlEvent,
  windowAcknowledgementSize,
} from '../../rtmp/messages.ts'
import { maxUnreadAnswerBytes, windowBytes } from './limits.ts'
import { answerChunkSize } from './publish-session.ts'

/** What goes to one peer: answers, in chunks, and what RTMP itself asks for (RTMP 1.0 §5.4). A peer that reads nothing is cut off. */
export class Outgoing {
  readonly #socket: Socket
  #chunkSize = defaultChunkSize
  #bytesReceived = 0
  #bytesAcknowledged = 0
  #window = windowBytes

  constructor(socket: Socket) {
    this.#socket = socket
  }

  send(message: RtmpMessage): void {
    const stream = message.type === messageType.commandAmf0 ? chunkStreamId.command : chunkStreamId.control
    this.write(encodeMessage(message, this.#chunkSize, stream))
    if (message.type === messageType.setChunkSize) this.#chunkSize = answerChunkSize
  }

  write(bytes: Buffer): void {
    if (!this.#socket.writable) return
    this.#socket.write(bytes)
    if (this.#socket.writableLength > maxUnreadAnswerBytes) this.#socket.destroy()
  }

  /** So much came of the peer. */
  received(bytes: number): void {
    this.#bytesReceived += bytes
  }

  /** Acknowledges what came, as often as the peer wants that. */
  acknowledgeWhenDue(): void {
    if (this.#bytesReceived - this.#bytesAcknowledged >= this.#window) this.acknowledge()
  }

  acknowledge(): void {
    this.#bytesAcknowledged = this.#bytesReceived
    this.send(acknowledgement(this.#bytesReceived))
  }

  /** Does what a protocol control message asks for. */
  obey(message: RtmpMessage): void {
    if (message.type === messageType.windowAcknowledgementSize) {
      this.#window = Math.min(Math.max(readUint32(message), 1), windowBytes)
    } else if (message.type === messageType.setPeerBandwidth) {
      this.send(windowAcknowledgementSize(readUint32(message)))
    } else if (message.type === messageType.userControl) {
      const control = readUserControl(message)
      if (control?.event === userControlEvent.pingRequest)
        this.send(userControl(userControlEvent.pingResponse, control.value))
    }
  }
}
