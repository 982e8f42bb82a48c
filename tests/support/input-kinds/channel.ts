import { FakeTwitch } from '../fake-twitch.ts'
import { startRelay } from '../relay.ts'
import type { InputKind } from './input-kind.ts'

/** Weir follows a channel of the fake Twitch, through a relay: its worker needs `environment`. */
export interface ChannelKind extends InputKind {
  readonly environment: Readonly<Record<string, string>>
}

export async function channelKind(): Promise<ChannelKind> {
  const twitch = await FakeTwitch.start()
  const { https_proxy, REQUESTS_CA_BUNDLE } = twitch.environment
  const relay = await startRelay(Number(new URL(https_proxy!).port))
  return {
    environment: { https_proxy: `http://127.0.0.1:${relay.port}`, REQUESTS_CA_BUNDLE: REQUESTS_CA_BUNDLE! },
    protocol: 'twitch',
    changedWidth: 160,
    source: { type: 'channel', url: FakeTwitch.url, oauth_token: 'wrong0token' },
    // Two segments and what streamlink has fetched play to their end.
    toSlateMs: { kill: 9_000, freeze: 9_000, 'half-open': 9_000 },
    wrongSecret: async (trial) => {
      await trial.issue('channel_token_refused')
    },
    garbage: async (trial) => {
      twitch.goLive('noise')
      await trial.mend({ oauth_token: twitch.acceptedToken })
      await trial.issue('channel_unreadable')
      twitch.goOffline({ abruptly: true })
    },
    begin: async (trial) => {
      twitch.goLive()
      await trial.mend({ oauth_token: twitch.acceptedToken })
    },
    kill: async () => twitch.setOnline(false),
    resume: async () => twitch.setOnline(true),
    freeze: () => twitch.broadcast.freeze(),
    thaw: () => twitch.broadcast.thaw(),
    cut: () => relay.blackhole(),
    heal: async () => relay.heal(),
    change: async () => {
      twitch.goOffline({ abruptly: true })
      twitch.picture = 'small'
      twitch.goLive()
    },
    restart: async () => {
      twitch.goOffline({ abruptly: true })
      twitch.goLive()
    },
    close: async () => {
      await relay.close()
      await twitch.close()
    },
  }
}
