import type { LeaseHolder } from '#schema/contracts/worker.ts'
import type { Amf0Value } from '../../rtmp/amf0.ts'
import {
  command,
  type RtmpCommand,
  type RtmpMessage,
  setChunkSize,
  setPeerBandwidth,
  status,
  userControl,
  userControlEvent,
  windowAcknowledgementSize,
} from '../../rtmp/messages.ts'
import { relayedMark, windowBytes } from './limits.ts'
import { application, inputIdOf, pathBelowApplication, streamKeyOf } from './stream-address.ts'

/** What to do about a command: what to answer, and what follows from it. */
export interface SessionStep {
  readonly answers: readonly RtmpMessage[]
  readonly next?:
    | ({ readonly kind: 'publish' } & PublishRequest)
    | { readonly kind: 'unpublish' }
    /** The connection shall end; `detail` says why. */
    | { readonly kind: 'refuse'; readonly detail: string }
}

/** What an encoder names when it publishes. */
export interface PublishRequest {
  readonly streamKey: string
  /** One of the stream's inputs, where it asks for one. */
  readonly inputId: string | null
  /** Another worker handed the encoder on; left out: none did. */
  readonly isRelayed?: boolean
}

/** A refusal in RTMP's words: a `NetStream.…` or `NetConnection.…` code and what a person should do. */
export interface Refusal {
  readonly code: string
  readonly description: string
}

/** Another worker runs the stream: the encoder is to be handed on to it. Code and words are for one that can't be. */
export interface Elsewhere extends Refusal {
  readonly holder: Pick<LeaseHolder, 'rtmp_url' | 'origin_url'>
}

export const isElsewhere = (answer: object): answer is Elsewhere => 'holder' in answer

type State = 'new' | 'connected' | 'publishing'

const oneStreamWords = 'One connection publishes one stream. Open another connection for another stream.'
const playWords = 'Only publishing works here. Play the stream in a browser.'
/** Message stream ids that one peer may create. */
const maxStreams = 8

/**
 * The talk of one publisher (RTMP 1.0 §7.2): connect → createStream → publish. It only says what to answer; it knows no socket.
 * The commands of Flash Media Server's clients that the specification leaves out (releaseStream, FCPublish, …) are answered
 * as OBS, librtmp, FFmpeg and GStreamer expect.
 */
export class PublishSession {
  #state: State = 'new'
  #belowApplication = ''
  #streams = 0
  /** The message stream that `publish` came on: what is said about it goes there. */
  #streamId = 0
  #isRelayed = false
  #understandsReconnect = false

  /** Another worker handed this encoder on. */
  get isRelayed(): boolean {
    return this.#isRelayed
  }

  /** It said so when it connected. */
  get understandsReconnect(): boolean {
    return this.#understandsReconnect
  }

  /** Takes one command. */
  command(request: RtmpCommand, streamId: number): SessionStep {
    if (request.name === 'connect') return this.#connect(request)
    if (this.#state === 'new')
      return refuse(error(request, 'NetConnection.Call.Failed', 'Connect first.'), 'A command came before connect')
    switch (request.name) {
      case 'createStream':
        return this.#createStream(request)
      case 'publish':
        return this.#publish(request, streamId)
      case 'FCUnpublish':
      case 'closeStream':
      case 'deleteStream':
        return this.#unpublish(request)
      case 'releaseStream':
      case 'FCPublish':
      case '_checkbw':
        return answered(result(request))
      case 'getStreamLength':
        return answered(result(request, 0))
      case 'play':
      case 'play2':
        return refuse([status(streamId, 'error', 'NetStream.Play.Failed', playWords)], 'The peer wanted to play')
      case '_result':
      case '_error':
      case 'onStatus':
        return answered()
      default:
        return answered(error(request, 'NetConnection.Call.Failed', 'This command is not known here.'))
    }
  }

  /** What a peer hears when its publication begins. */
  accepted(): RtmpMessage[] {
    return [
      userControl(userControlEvent.streamBegin, this.#streamId),
      status(this.#streamId, 'status', 'NetStream.Publish.Start', 'Publishing.'),
    ]
  }

  /** What a peer hears when it may not, or may no longer, publish. */
  refused({ code, description }: Refusal): RtmpMessage {
    return status(this.#streamId, 'error', code, description)
  }

  /** What a peer hears that is to connect again, at the same address: who takes it there is another worker then. */
  reconnectRequest(description: string): RtmpMessage {
    const code = 'NetConnection.Connect.ReconnectRequest'
    return command(0, 'onStatus', 0, null, { level: 'status', code, description })
  }

  #connect(request: RtmpCommand): SessionStep {
    if (this.#state !== 'new')
      return refuse(
        error(request, 'NetConnection.Call.Failed', 'You are connected already.'),
        'The peer connected twice',
      )
    const below = pathBelowApplication(request.object ?? {})
    if (below === undefined) {
      const words = `The address must end in /${application}; the stream key goes into its own field.`
      return refuse(error(request, 'NetConnection.Connect.Rejected', words), 'The address names no application of ours')
    }
    this.#state = 'connected'
    this.#belowApplication = below
    this.#isRelayed = request.object?.[relayedMark] === true
    const { capsEx } = request.object ?? {}
    this.#understandsReconnect = typeof capsEx === 'number' && (capsEx & capsExReconnect) !== 0
    const success = {
      level: 'status',
      code: 'NetConnection.Connect.Success',
      description: 'Connected.',
      objectEncoding: 0,
    }
    return answered([
      windowAcknowledgementSize(windowBytes),
      setPeerBandwidth(windowBytes),
      setChunkSize(answerChunkSize),
      command(0, '_result', request.transactionId, { fmsVer: 'FMS/3,0,1,123', capabilities: 31 }, success),
    ])
  }

  #createStream(request: RtmpCommand): SessionStep {
    if (this.#streams >= maxStreams)
      return refuse(error(request, 'NetConnection.Call.Failed', oneStreamWords), 'The peer created too many streams')
    this.#streams++
    return answered(result(request, this.#streams))
  }

  #publish(request: RtmpCommand, streamId: number): SessionStep {
    if (this.#state === 'publishing') {
      const answer = status(streamId, 'error', 'NetStream.Publish.BadName', oneStreamWords)
      return refuse([answer], 'The encoder published twice on one connection')
    }
    this.#streamId = streamId
    const streamKey = streamKeyOf(request.args[0], this.#belowApplication)
    if (streamKey === undefined) {
      const words = 'The stream key is missing. Paste it into the encoder\'s "stream key" field.'
      return refuse(
        [status(streamId, 'error', 'NetStream.Publish.BadName', words)],
        'The encoder gave no usable stream key',
      )
    }
    this.#state = 'publishing'
    const wanted = { streamKey, inputId: inputIdOf(request.args[0]), ...(this.#isRelayed && { isRelayed: true }) }
    return { answers: [], next: { kind: 'publish', ...wanted } }
  }

  #unpublish(request: RtmpCommand): SessionStep {
    const answers = request.name === 'FCUnpublish' ? result(request) : []
    if (this.#state !== 'publishing') return answered(answers)
    answers.push(status(this.#streamId, 'status', 'NetStream.Unpublish.Success', 'The stream is over.'))
    return { answers, next: { kind: 'unpublish' } }
  }
}

/** Enhanced RTMP v2, `capsEx`: the peer takes a Reconnect Request. */
const capsExReconnect = 0x01

/** Our own chunks: every answer fits into one. */
export const answerChunkSize = 4_096

function answered(answers: RtmpMessage[] = []): SessionStep {
  return { answers }
}

/** The last answer says why to the peer; `detail` says it to us. */
function refuse(answers: RtmpMessage[], detail: string): SessionStep {
  return { answers, next: { kind: 'refuse', detail } }
}

function result(request: RtmpCommand, ...values: Amf0Value[]): RtmpMessage[] {
  return request.transactionId === 0 ? [] : [command(0, '_result', request.transactionId, null, ...values)]
}

function error(request: RtmpCommand, code: string, description: string): RtmpMessage[] {
  return [command(0, '_error', request.transactionId, null, { level: 'error', code, description })]
}
