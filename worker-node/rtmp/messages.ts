import { type Amf0Limits, type Amf0Object, type Amf0Value, decodeAmf0, encodeAmf0 } from './amf0.ts'
import { RtmpProtocolError } from './protocol-error.ts'

/** One RTMP message (RTMP 1.0 §6.1), whole. */
export interface RtmpMessage {
  /** One of `messageType`. */
  readonly type: number
  /** Milliseconds, 32 bits; wraps after 49.7 days. */
  readonly timestamp: number
  /** Message stream id; 0 is the connection's own. */
  readonly streamId: number
  readonly payload: Buffer
}

/** Message type ids, RTMP 1.0 §5.4 and §7.1. */
export const messageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const

/** User control events, RTMP 1.0 §7.1.7. */
export const userControlEvent = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
} as const

/** Chunk stream ids that we send on. Only 2 is prescribed (§5.4); the others are those of librtmp and FFmpeg. */
export const chunkStreamId = { control: 2, command: 3, audio: 4, data: 5, video: 6 } as const

/** §5.4.1, bytes. */
export function setChunkSize(sizeBytes: number): RtmpMessage {
  return control(messageType.setChunkSize, uint32(sizeBytes))
}

/** §5.4.3: bytes received so far; wraps at 32 bits. */
export function acknowledgement(bytesReceived: number): RtmpMessage {
  return control(messageType.acknowledgement, uint32(bytesReceived))
}

/** §5.4.4: the receiver shall acknowledge each so many bytes. */
export function windowAcknowledgementSize(sizeBytes: number): RtmpMessage {
  return control(messageType.windowAcknowledgementSize, uint32(sizeBytes))
}

/** §5.4.5, with limit type 2 (dynamic). */
export function setPeerBandwidth(sizeBytes: number): RtmpMessage {
  return control(messageType.setPeerBandwidth, Buffer.concat([uint32(sizeBytes), Buffer.of(2)]))
}

/** §7.1.7: an event of `userControlEvent` with its 4-byte value (a stream id, or a ping's timestamp). */
export function userControl(event: number, value: number): RtmpMessage {
  const payload = Buffer.alloc(6)
  payload.writeUInt16BE(event)
  payload.writeUInt32BE(value >>> 0, 2)
  return control(messageType.userControl, payload)
}

/** The event and value of a user control message, or undefined for one that has no 4-byte value. */
export function readUserControl({ payload }: RtmpMessage): { event: number; value: number } | undefined {
  return payload.length < 6 ? undefined : { event: payload.readUInt16BE(), value: payload.readUInt32BE(2) }
}

/** The 4-byte figure that the control messages 1, 2, 3, 5 and 6 begin with. Throws RtmpProtocolError when it is not there. */
export function readUint32({ payload }: RtmpMessage): number {
  if (payload.length < 4) throw new RtmpProtocolError('A control message is too short')
  return payload.readUInt32BE()
}

/** A command (§7.2), as read. */
export interface RtmpCommand {
  readonly name: string
  /** 0 where no answer is wanted. */
  readonly transactionId: number
  /** The command object, or null. */
  readonly object: Amf0Object | null
  readonly args: readonly Amf0Value[]
}

/** A command in AMF0 (§7.1.1, §7.2). */
export function command(
  streamId: number,
  name: string,
  transactionId: number,
  object: Amf0Object | null,
  ...args: readonly Amf0Value[]
): RtmpMessage {
  const payload = encodeAmf0(name, transactionId, object, ...args)
  return { type: messageType.commandAmf0, timestamp: 0, streamId, payload }
}

/** `onStatus` of a net stream (§7.2.2). */
export function status(streamId: number, level: 'status' | 'error', code: string, description: string): RtmpMessage {
  return command(streamId, 'onStatus', 0, null, { level, code, description })
}

/** Reads a command message. Throws RtmpProtocolError when it is not one, or breaks a limit. */
export function readCommand(message: RtmpMessage, limits?: Amf0Limits): RtmpCommand {
  const [name, transactionId, object, ...args] = decodeAmf0(amf0Payload(message), limits)
  if (typeof name !== 'string') throw new RtmpProtocolError('A command has no name')
  return {
    name,
    transactionId: typeof transactionId === 'number' ? transactionId : 0,
    object: isAmf0Object(object) ? object : null,
    args,
  }
}

/** The values of a data message such as `@setDataFrame` (§7.1.2). Throws RtmpProtocolError like `decodeAmf0`. */
export function readData(message: RtmpMessage, limits?: Amf0Limits): Amf0Value[] {
  return decodeAmf0(amf0Payload(message), limits)
}

/** The AMF0 of a command or data message: their AMF3 forms begin with a format byte of 0 and go on in AMF0. */
export function amf0Payload({ type, payload }: RtmpMessage): Buffer {
  const isAmf3 = type === messageType.commandAmf3 || type === messageType.dataAmf3
  return isAmf3 && payload[0] === 0 ? payload.subarray(1) : payload
}

/** Whether a decoded value is an object with named properties. */
export function isAmf0Object(value: Amf0Value): value is Amf0Object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function control(type: number, payload: Buffer): RtmpMessage {
  return { type, timestamp: 0, streamId: 0, payload }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}
