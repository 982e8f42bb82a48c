import { rejection } from '../srt/rejection.ts'
import { PublishFailure, type Words } from './publish-failure.ts'
import type { SrtTarget } from './target.ts'

const copyId = 'Check the stream id (stream_key) of this destination.'

/** Nobody answers: with UDP there is no telling a closed port from a wrong name or a firewall. */
export function silent({ address }: SrtTarget): PublishFailure {
  return new PublishFailure('timeout', {
    detail: `${address} does not answer.`,
    fix: 'Check the address and the port, that the server listens for SRT there (mode=listener), and that no firewall stops UDP.',
  })
}

/** The server's system says that nothing listens at that port. */
export function nothingThere({ address }: SrtTarget): PublishFailure {
  return new PublishFailure('unreachable', {
    detail: `Nothing listens for SRT at ${address}.`,
    fix: 'Check the address and the port, and that the server runs and waits for callers (mode=listener).',
  })
}

/** The listener's refusal, by the code in its handshake (see `srt/rejection.ts`). */
export function callRejected(target: SrtTarget, code: number): PublishFailure {
  const { failure, words } = rejectionWords(target, code)
  const isForPeople = failure !== 'already_live' && failure !== 'over_limit'
  return new PublishFailure(failure, words, { rejected: isForPeople })
}

/** Encryption was asked for, and the listener has another passphrase or none. */
export const wrongPassphrase = (target: SrtTarget): PublishFailure => callRejected(target, rejection.badSecret)

/** A broadcast that ended: by the server's word, or without one. */
export function callEnded({ address }: SrtTarget, byPeer: boolean): PublishFailure {
  return byPeer
    ? new PublishFailure('closed_by_platform', {
        detail: `${address} ended the broadcast.`,
        fix: 'We connect again. If it was ended there on purpose, pause this destination.',
      })
    : new PublishFailure('unreachable', {
        detail: `${address} answers no more.`,
        fix: 'We connect again. Check the server, and the network between here and there.',
      })
}

/** Bytes of a stream id (draft-sharabayko-srt-01 §3.2.1.3). */
const longestStreamId = 512

/** What can't be called at all; undefined: it can. */
export function uncallable({ streamName }: SrtTarget): PublishFailure | undefined {
  if (Buffer.byteLength(streamName) <= longestStreamId) return undefined
  const detail = `SRT takes stream ids of at most ${longestStreamId} bytes; this one is longer.`
  return new PublishFailure('rejected_stream_key', { detail, fix: copyId }, { rejected: true })
}

/** The FFmpeg of this worker does not speak SRT. */
export function noSrtHere(): PublishFailure {
  return new PublishFailure(
    'unsupported',
    {
      detail: 'The FFmpeg of this worker can not send by SRT.',
      fix: "Install one that can on the worker (Debian's can): `ffmpeg -protocols` must name srt.",
    },
    { rejected: true },
  )
}

function rejectionWords({ address, passphrase }: SrtTarget, code: number): { failure: string; words: Words } {
  switch (code) {
    case rejection.badSecret:
    case rejection.unsecure:
      return {
        failure: 'rejected_passphrase',
        words: {
          detail:
            passphrase === null ? `${address} wants a passphrase.` : `${address} has another passphrase, or none.`,
          fix: 'Give the same passphrase here (srt_passphrase) as there; leave it out where the server has none.',
        },
      }
    case rejection.conflict:
      return {
        failure: 'already_live',
        words: {
          detail: `Somebody is sending to ${address} with this stream id already.`,
          fix: 'End the other broadcast, or wait until the server has noticed that it is over: we try again.',
        },
      }
    case rejection.overload:
    case rejection.resource:
      return {
        failure: 'over_limit',
        words: {
          detail: `${address} has no room for another stream (${code}).`,
          fix: 'We try again. Look at the server.',
        },
      }
    case rejection.notFound:
    case 1_404:
      return {
        failure: 'rejected_stream_key',
        words: { detail: `${address} knows no such stream id (${code}).`, fix: copyId },
      }
    default:
      return {
        failure: code >= 2_000 ? 'rejected_stream_key' : 'rejected',
        words: {
          detail: `${address} refuses the call (SRT code ${code}).`,
          fix: `${copyId} The server's log says more.`,
        },
      }
  }
}
