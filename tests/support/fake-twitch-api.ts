import type { FakeChannelState } from './fake-twitch.ts'

interface Channel {
  readonly state: FakeChannelState
  readonly title: string
  readonly category: string
}

interface Operation {
  readonly operationName: string
  readonly variables: { readonly login?: string; readonly channelLogin?: string }
}

/** Answers of gql.twitch.tv, with the fields that streamlink's plugin reads. */
export function answerGraphQl(request: Operation | Operation[], channel: Channel): unknown {
  return Array.isArray(request) ? request.map((one) => answer(one, channel)) : answer(request, channel)
}

function answer({ operationName, variables }: Operation, channel: Channel): unknown {
  const isKnown = channel.state !== 'unknown' && (variables.login ?? variables.channelLogin) === 'teacher'
  if (operationName === 'PlaybackAccessToken') {
    const token = { value: JSON.stringify(accessToken(channel)), signature: '0123456789abcdef' }
    return { data: { streamPlaybackAccessToken: isKnown ? token : null } }
  }
  if (operationName === 'ChannelShell') return { data: { userOrError: isKnown ? { displayName: 'Teacher' } : {} } }
  if (operationName === 'StreamMetadata') {
    const stream = { id: '123', type: 'live', game: { name: channel.category } }
    const user = { lastBroadcast: { title: channel.title }, stream: channel.state === 'offline' ? null : stream }
    return { data: { user: isKnown ? user : null } }
  }
  return { errors: [{ message: `no such operation: ${operationName}` }] }
}

function accessToken({ state }: Channel) {
  return {
    adblock: false,
    chansub: { restricted_bitrates: [], view_until: 1_924_905_600 },
    geoblock_reason: state === 'geoblocked' ? 'COUNTRY' : '',
    hide_ads: false,
    server_ads: true,
    show_ads: true,
  }
}
