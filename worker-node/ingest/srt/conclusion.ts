import { extensionContent, type Handshake, withExtension } from '../../srt/handshake.ts'
import { extensionType } from '../../srt/packet.ts'
import { type Refusal, rejection } from '../../srt/rejection.ts'
import type { KeyExchange } from './key-exchange.ts'
import { type PublishRequest, readStreamId, type StreamRequest, streamIdText } from './stream-id.ts'

/** What a conclusion asks for, or why it can't be taken, whoever sends it. */
export function readConclusion(conclusion: Handshake): PublishRequest | Refusal {
  if (conclusion.version < 5 || !extensionContent(conclusion, extensionType.srtRequest))
    return { rejection: rejection.version, detail: 'The caller speaks SRT older than 1.3' }
  const request = requestOf(conclusion)
  if (request.kind === 'other_mode')
    return { rejection: rejection.badMode, detail: 'The caller does not want to publish' }
  if (request.kind === 'unreadable')
    return { rejection: rejection.badRequest, detail: 'The stream id is missing or is not like publish:KEY' }
  return request
}

/** The conclusion with its keys locked for the listener, or why that can't be, in words for the operator of the stream. */
export async function lockedForListener(conclusion: Handshake, keys: KeyExchange): Promise<Handshake | Refusal> {
  const request = extensionContent(conclusion, extensionType.keyRequest)
  if (!request) return { rejection: rejection.unsecure, detail: `An SRT encoder gave no passphrase. ${copyAgain}` }
  const locked = await keys.request(request)
  if (locked === 'wrong_passphrase')
    return { rejection: rejection.badSecret, detail: `An SRT encoder gave a wrong passphrase. ${copyAgain}` }
  if (locked === 'malformed') return { rejection: rejection.rogue, detail: unknownEncryption }
  return withExtension(conclusion, extensionType.keyRequest, locked)
}

const copyAgain =
  'Copy its whole SRT address again from the dashboard; where the encoder has a field of its own for the passphrase, fill that in too.'
const unknownEncryption =
  'An SRT encoder encrypts in a way that Weir does not know. Set its encryption to AES-128 or AES-256.'

function requestOf(conclusion: Handshake): StreamRequest {
  const content = extensionContent(conclusion, extensionType.streamId)
  return readStreamId((content && streamIdText(content)) ?? '')
}
