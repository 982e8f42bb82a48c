import { PublishFailure, type Words } from './publish-failure.ts'
import { systemCode, tlsFailed, unreachable } from './system-errors.ts'
import type { RtmpTarget } from './target.ts'

/** What was being waited for, in the order in which it happens. */
export type Step = 'reach' | 'secure' | 'handshake' | 'connect' | 'create_stream' | 'publish' | 'broadcast'

const checkApp = 'Check the end of the address (the application); most platforms show the whole address beside the key.'
const copyKey = 'Copy the stream key again from the platform; keys are reset, expire, or are for one broadcast only.'
const tryAgain = 'We try again. If it stays so, look whether the platform has a fault or the address has changed.'

/** The step did not come to its end in time. */
export function timedOut(step: Step, { address }: RtmpTarget): PublishFailure {
  const words: Record<Step, Words> = {
    reach: {
      detail: `${address} does not answer.`,
      fix: 'Check the address and the port, and that nothing between here and there (a firewall) blocks it.',
    },
    secure: {
      detail: `${address} took the connection but no encryption was set up.`,
      fix: 'Check that it is an rtmps:// address; without encryption it begins with rtmp://.',
    },
    handshake: {
      detail: `${address} took the connection and then said nothing.`,
      fix: 'It may hang, or be no RTMP server: check the address and the port, and whether it takes rtmps:// only.',
    },
    connect: { detail: `${address} does not answer our request to connect.`, fix: tryAgain },
    create_stream: { detail: `${address} does not answer our request to open a stream.`, fix: tryAgain },
    publish: { detail: `${address} does not say whether we may broadcast.`, fix: tryAgain },
    broadcast: { detail: `${address} does not answer.`, fix: tryAgain },
  }
  return new PublishFailure('timeout', words[step])
}

/** The operating system's or TLS's error on the way there, or after. */
export function socketFailed(step: Step, target: RtmpTarget, error: NodeJS.ErrnoException): PublishFailure {
  if (step === 'secure') return tlsFailed(target, error)
  if (step === 'reach' || systemCode(error) === 'ETIMEDOUT') return unreachable(target, error)
  return closedByPeer(step, target)
}

/** The peer closed the connection without a word in RTMP; several servers refuse so. */
export function closedByPeer(step: Step, { address, secure }: RtmpTarget): PublishFailure {
  switch (step) {
    case 'reach':
    case 'secure':
    case 'handshake':
      return new PublishFailure('closed_by_platform', {
        detail: `${address} closed the connection before RTMP began.`,
        fix: `Check the address and the port${secure ? '' : ', and whether it takes rtmps:// only'}.`,
      })
    case 'connect':
      return new PublishFailure(
        'rejected_app',
        {
          detail: `${address} closed the connection when we named the application.`,
          fix: `Most often the end of the address is wrong. ${checkApp}`,
        },
        { rejected: true },
      )
    case 'create_stream':
    case 'publish':
      return new PublishFailure(
        'rejected_stream_key',
        {
          detail: `${address} closed the connection when we gave the stream key.`,
          fix: `Most often the key is wrong, expired or not live yet. ${copyKey}`,
        },
        { rejected: true },
      )
    case 'broadcast':
      return new PublishFailure('closed_by_platform', {
        detail: `${address} ended the connection during the broadcast.`,
        fix: 'We connect again. If you or somebody else ended it on the platform, pause this destination.',
      })
  }
}

/**
 * The server's own refusal: a code such as `NetStream.Publish.BadName`, and its description, which often says what the code
 * leaves open: nginx-rtmp and Wowza call a name that is taken a bad one.
 */
export function refused(step: Step, target: RtmpTarget, code: string, description: string): PublishFailure {
  const said = quoted(description, target)
  if (/already|in use|being published|duplicate|another (publisher|session|encoder)/i.test(description))
    return new PublishFailure('already_live', {
      detail: `Somebody is broadcasting with this stream key already.${said}`,
      fix: 'End the other broadcast, or wait until the platform has noticed that it is over: we try again. If it is none of yours, reset the key on the platform.',
    })
  if (/limit|exceed|too (many|high|large|much)|quota|bandwidth|bit ?rate|capacity/i.test(description))
    return new PublishFailure(
      'over_limit',
      {
        detail: `The platform says that a limit is exceeded.${said}`,
        fix: 'Choose a lower quality for this destination, or look at what your account there allows.',
      },
      { rejected: true },
    )
  const namesKey = /\.(BadName|Denied|BadAuth|Unauthorized)$/.test(code)
  if (namesKey || (step === 'publish' && /Rejected|Failed/.test(code)))
    return new PublishFailure(
      'rejected_stream_key',
      { detail: `The platform rejected the stream key.${said}`, fix: `${copyKey} Another broadcast may hold it, too.` },
      { rejected: true },
    )
  if (step === 'broadcast')
    return new PublishFailure('closed_by_platform', {
      detail: `The platform ended the broadcast.${said}`,
      fix: 'We connect again. If it was ended there on purpose, pause this destination.',
    })
  return new PublishFailure(
    'rejected_app',
    { detail: `The platform refused the connection.${said}`, fix: checkApp },
    { rejected: true },
  )
}

/** The peer says something that is not RTMP, or breaks a limit. */
export function notRtmp({ address, secure }: RtmpTarget, cause: unknown): PublishFailure {
  const words = {
    detail: `${address} answers, but not in RTMP.`,
    fix: `Check the address and the port${secure ? '' : ', and whether it takes rtmps:// only'}.`,
  }
  return new PublishFailure('protocol_error', words, { cause })
}

/** Text of a peer, short and without control characters, the secrets, their parts, or the values in their query strings. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const parts = secrets
    .flatMap((secret) => [secret, ...secret.split(/[?&=/]/).filter((part) => part.length >= 4)])
    .flatMap((part) => [part, encodeURIComponent(part)])
    .filter((part) => part !== '')
    .sort((a, b) => b.length - a.length)
  const clean = parts.reduce((remaining, part) => remaining.replaceAll(part, '•••'), text)
  return clean
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

function quoted(description: string, { streamName, app }: RtmpTarget): string {
  const query = app.split('?').slice(1).join('?')
  const words = withoutSecrets(description, [streamName, query])
  return words === '' ? '' : ` It says: “${words}”.`
}
