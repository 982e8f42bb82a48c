import type { Amf0Object, Amf0Value } from '../rtmp/amf0.ts'
import { isAmf0Object, type RtmpCommand, setChunkSize, windowAcknowledgementSize } from '../rtmp/messages.ts'
import { RtmpProtocolError } from '../rtmp/protocol-error.ts'
import { notRtmp, refused, type Step } from './platform-errors.ts'
import type { OpenPublication } from './publication.ts'
import { ourFault, PublishFailure } from './publish-failure.ts'
import { RtmpConnection } from './rtmp-connection.ts'
import { publisherChunkSize } from './shared-chunks.ts'
import type { RtmpTarget } from './target.ts'

/** Time limits of a publish session, milliseconds. A peer that takes connections and says nothing is known in 4 s. */
export const openLimitMs = 4_000
export const answerLimitMs = 8_000
export const closeLimitMs = 2_000

/**
 * Connects and opens a publish session: handshake, `connect`, `releaseStream`, `FCPublish`, `createStream`, `publish`
 * (RTMP 1.0 §7.2), as OBS and FFmpeg do. Throws a PublishFailure; after one the connection is closed.
 */
export const openPublication: OpenPublication<RtmpTarget> = async (target, options) => {
  const { signal } = options
  signal.throwIfAborted()
  let isOpen = false
  let isEnding = false
  const connection = new RtmpConnection(target, {
    clock: options.clock,
    authorities: options.authorities ?? [],
    onAcknowledged: options.onAcknowledged,
    onCommand: (command) => {
      const failure = refusal('broadcast', target, command)
      if (failure && isOpen) connection.fail(failure)
    },
    onClosed: (failure) => {
      if (isOpen && !isEnding) options.onLost(failure)
    },
  })
  const giveUp = () =>
    connection.fail(new PublishFailure('stopped', { detail: 'The destination was stopped.', fix: '' }))
  signal.addEventListener('abort', giveUp, { once: true })
  let streamId: number
  try {
    streamId = await negotiate(connection, target, options.acknowledgeEachBytes)
    connection.open()
  } catch (error) {
    const failure = error instanceof PublishFailure ? error : ourFault(error)
    connection.fail(failure)
    throw failure
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
  isOpen = true

  return {
    ends: connection.ends,
    roundTripMs: connection.roundTripMs,
    encode: (batch, opening) => (opening ? batch.opening() : batch.media).bytesFor(streamId),
    write: (chunks, flushed) => connection.write(chunks, flushed),
    fail: (failure) => connection.fail(failure),
    unpublish: () => {
      isEnding = true
      connection.sendCommand(0, 'FCUnpublish', 0, null, target.streamName)
      connection.sendCommand(0, 'deleteStream', 0, null, streamId)
      return connection.end(closeLimitMs)
    },
  }
}

/** Transaction ids: an answer names the question. */
const transaction = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, publish: 5 } as const

/** The talk before media; gives the message stream id. */
async function negotiate(connection: RtmpConnection, target: RtmpTarget, windowBytes: number): Promise<number> {
  await connectTo(connection, target)
  connection.send(setChunkSize(publisherChunkSize), windowAcknowledgementSize(windowBytes))
  connection.outChunkSize = publisherChunkSize
  connection.sendCommand(0, 'releaseStream', transaction.releaseStream, null, target.streamName)
  connection.sendCommand(0, 'FCPublish', transaction.fcPublish, null, target.streamName)
  connection.sendCommand(0, 'createStream', transaction.createStream, null)
  const created = await connection.step('create_stream', answerLimitMs, isAnswer(transaction.createStream))
  check('create_stream', target, created)
  const streamId = created.args[0]
  if (!isStreamId(streamId)) throw notRtmp(target, new RtmpProtocolError('The message stream id is not 32 bits'))

  connection.sendCommand(streamId, 'publish', transaction.publish, null, target.streamName, 'live')
  check('publish', target, await connection.step('publish', answerLimitMs, isPublishAnswer))
  return streamId
}

/** Everything up to and with the answer to `connect`: nothing is published by it. */
export async function connectTo(
  connection: RtmpConnection,
  target: RtmpTarget,
  limitMs = answerLimitMs,
): Promise<void> {
  await connection.step('reach', openLimitMs, ({ name }) => name === 'handshake')
  connection.sendCommand(0, 'connect', transaction.connect, connectObject(target))
  check('connect', target, await connection.step('connect', limitMs, isAnswer(transaction.connect)))
}

function connectObject({ app, tcUrl }: RtmpTarget): Amf0Object {
  return { app, type: 'nonprivate', flashVer: 'FMLE/3.0 (compatible; Weir)', swfUrl: tcUrl, tcUrl }
}

/** An answer to this question; or a refusal in `onStatus`, which some servers give instead. */
function isAnswer(transactionId: number): (command: RtmpCommand) => boolean {
  return ({ name, transactionId: answered, args }) =>
    ((name === '_result' || name === '_error') && answered === transactionId) ||
    (name === 'onStatus' && levelOf(args) === 'error')
}

function isPublishAnswer(command: RtmpCommand): boolean {
  if (command.name === 'onStatus') return levelOf(command.args) === 'error' || codeOf(command.args).endsWith('.Start')
  return command.name === '_error' && command.transactionId === transaction.publish
}

function isStreamId(value: Amf0Value): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff
}

function check(step: Step, target: RtmpTarget, command: RtmpCommand): void {
  const failure = refusal(step, target, command)
  if (failure) throw failure
}

/** What a command refuses, or undefined. Once broadcasting, `close` and the closing statuses end it too. */
function refusal(step: Step, target: RtmpTarget, { name, args }: RtmpCommand): PublishFailure | undefined {
  const code = codeOf(args)
  const isRefusal =
    (step !== 'broadcast' && name === '_error') ||
    (name === 'onStatus' && levelOf(args) === 'error') ||
    (step === 'broadcast' && (name === 'close' || /Unpublish|Connect\.Closed/.test(code)))
  return isRefusal ? refused(step, target, code, textOf(args, 'description')) : undefined
}

const levelOf = (args: readonly Amf0Value[]) => textOf(args, 'level')
const codeOf = (args: readonly Amf0Value[]) => textOf(args, 'code')

function textOf([first]: readonly Amf0Value[], property: string): string {
  const value = isAmf0Object(first) ? first[property] : undefined
  return typeof value === 'string' ? value : ''
}
