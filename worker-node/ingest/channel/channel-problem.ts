import type { Issue } from '#schema/contracts/live-stream.ts'
import type { EgressError } from '../egress/egress-error.ts'

const problem = (code: string, detail: string, fix: string): Issue => ({ code, severity: 'error', detail, fix })

/** What can be wrong with a channel, in everyday words. */
export const channelProblems = {
  addressInvalid: problem(
    'channel_address_invalid',
    'This is not the address of a channel.',
    'Give the address of its page, like https://www.twitch.tv/name. For the address of a stream itself use a pull input.',
  ),
  siteUnknown: problem(
    'channel_site_unknown',
    'Streamlink does not know this site, or not this kind of page.',
    'Give the page of the channel itself, or update streamlink. For the address of a stream itself use a pull input.',
  ),
  unknown: problem(
    'channel_unknown',
    'Twitch knows no channel of this name, or answered something that streamlink can not read.',
    'Compare the address with the one in a browser. If it is right, update streamlink.',
  ),
  unreachable: problem(
    'channel_unreachable',
    'The worker can not reach the site of the channel.',
    'Check the network and the proxy of the machine that the worker runs on.',
  ),
  blocked: problem(
    'channel_blocked',
    'The site does not show this channel in the region of this worker.',
    'Run the stream on a worker in another region.',
  ),
  refused: problem(
    'channel_refused',
    'The site refuses to show this channel to the worker.',
    'If it is for subscribers, give the input the OAuth token of an account that may watch. If it is blocked in this ' +
      'region, run the stream on a worker elsewhere.',
  ),
  tokenRefused: problem(
    'channel_token_refused',
    'The site does not accept the OAuth token of this input.',
    'Log in at the site with a browser, copy the token anew (at Twitch: the cookie auth-token), or remove it.',
  ),
  siteFailing: problem(
    'channel_site_failing',
    'The site of the channel answers with faults of its own.',
    'Wait: it is tried again by itself.',
  ),
  unreadable: problem(
    'channel_unreadable',
    'What the channel sends is no stream that Weir can read.',
    'Choose another quality. If it stays so, update streamlink.',
  ),
  stalled: problem(
    'channel_stalled',
    'The channel is live, but its media does not come.',
    'Wait: it is tried again by itself. If it stays so, choose a lower quality or check the network.',
  ),
  ownFault: problem(
    'channel_own_fault',
    'The worker could not follow the channel, by a fault of its own.',
    "Look at the worker's log, and whether its disk is full.",
  ),
} as const satisfies Record<string, Issue>

const faults: readonly (readonly [pattern: RegExp, problem: Issue])[] = [
  [/No plugin can handle URL/i, channelProblems.siteUnknown],
  [/\bUnauthorized\b|token is invalid|401 Client Error/i, channelProblems.tokenRefused],
  [/geo-?block|not available in your (country|region)|451 Client Error/i, channelProblems.blocked],
  [/403 Client Error|Forbidden|unauthorized_entitlements|requires a subscription/i, channelProblems.refused],
  // Asked without a token of access, newer versions want a browser: Twitch gave none, as it does for an unknown channel.
  [/webbrowser|client.integrity/i, channelProblems.unknown],
  [/\b5\d\d Server Error/i, channelProblems.siteFailing],
  [
    /Failed to resolve|Name or service not known|Temporary failure in name|NewConnectionError|ProxyError|Connection aborted|Connection refused|RemoteDisconnected|timed out|SSLError|Max retries exceeded/i,
    channelProblems.unreachable,
  ],
  [/Could not open stream|Failed to read data|No data returned|Read timeout/i, channelProblems.stalled],
]

/** The problem that streamlink's words tell of; where they are new, the words themselves (free of secrets already). */
export function classifyError(text: string): Issue {
  const found = faults.find(([pattern]) => pattern.test(text))
  if (found) return found[1]
  return problem(
    'channel_failed',
    `Streamlink failed: ${text.replace(/\.?$/, '.')}`,
    'Open the address in a browser; update streamlink.',
  )
}

/** What our own way out says of an address that it did not connect to. */
export function egressProblem({ code, message, fix }: EgressError): Issue {
  return problem(`channel_${code}`, message, fix)
}

/** The wanted qualities are not there, and the best is taken. */
export function qualityMissing(
  wanted: string,
  taken: string,
  there: readonly string[],
  subscribersOnly: boolean,
): Issue {
  const why = subscribersOnly ? 'is for subscribers' : 'is not offered now'
  return {
    code: 'channel_quality_missing',
    severity: 'warning',
    detail: `The quality "${wanted}" ${why}; "${taken}" is taken instead. There are: ${there.join(', ')}.`,
    fix: 'Choose one of these qualities, or "best".',
  }
}
