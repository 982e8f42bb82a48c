import type { Input } from '#schema/contracts/input.ts'
import type { InputState, InputType } from '#schema/enums.ts'
import { hostOf } from './destination-words.ts'
import type { StateWords } from './stream-words.ts'

const states: Readonly<Record<InputState, StateWords>> = {
  idle: { label: 'At rest', tone: 'rest' },
  waiting: { label: 'Waiting', tone: 'busy' },
  connecting: { label: 'Connecting', tone: 'busy' },
  standby: { label: 'Standing by', tone: 'ready' },
  on_air: { label: 'On air', tone: 'live' },
  failed: { label: 'Trying again', tone: 'warning' },
}

/** The state of an input in a word or two. `enabled`: whether its stream is. */
export function inputState({ type, state, now }: Pick<Input, 'type' | 'state' | 'now'>, enabled: boolean): StateWords {
  if (type === 'push' && state === 'waiting' && now !== null) return { label: 'Sends nothing', tone: 'warning' }
  // An encoder may come although nothing runs yet: it is what starts it.
  if (type === 'push' && enabled && (state === 'waiting' || state === 'idle'))
    return { label: 'Waiting for an encoder', tone: 'rest' }
  if (state === 'waiting' && type === 'channel') return { label: 'Waiting for the channel', tone: 'rest' }
  return states[state]
}

/** What each kind of input is to somebody who has to choose. */
export const inputKinds: Readonly<Record<InputType, { readonly label: string; readonly sentence: string }>> = {
  push: {
    label: 'An encoder, or this browser',
    sentence: 'OBS and others send it over RTMP, SRT or WebRTC.',
  },
  pull: { label: 'An address', sentence: 'Weir fetches a live stream, a camera or files from there.' },
  channel: { label: 'A channel', sentence: 'Twitch and others: goes live when the channel does.' },
  test: { label: 'A test picture', sentence: 'A moving picture with a clock and a tone, to try things out.' },
}

/** What a person calls it: its name, else what it is. */
export function inputName({ name, type, urls }: Pick<Input, 'name' | 'type' | 'urls'>): string {
  if (name !== null) return name
  if (type === 'push') return 'Encoder'
  if (type === 'test') return 'Test picture'
  return type === 'channel' ? channelAddress(urls?.[0] ?? '') : hostOf(urls?.[0] ?? '')
}

/** Where it comes from, as short as it can be said; null where the name or the kind says it all. */
export function inputOrigin({ name, type, urls, loop }: Input): string | null {
  if (type === 'channel') return name === null ? null : channelAddress(urls?.[0] ?? '')
  if (type !== 'pull' || !urls) return name === null ? null : inputName({ name: null, type, urls })
  const files = urls.length > 1 ? `${urls.length} files` : (urls[0] ?? '')
  return loop ? `${files}, over and over` : files
}

/** `twitch.tv/name` */
const channelAddress = (url: string) => url.replace(/^https?:\/\/(www\.)?/, '')

/** What a channel says of itself: `Chess · Ann · Board games`; null while nothing is known. */
export function channelWords({ channel }: Pick<Input, 'channel'>): string | null {
  const known = channel ? [channel.title, channel.author, channel.category].filter((each) => each) : []
  return known.length > 0 ? known.join(' · ') : null
}

/**
 * The priorities that put the input at `index` one place up (−1) or down (1): only those that change. Empty where
 * there is no such place.
 */
export function prioritiesAfterMove(
  inputs: readonly Pick<Input, 'id' | 'priority'>[],
  index: number,
  by: -1 | 1,
): readonly Pick<Input, 'id' | 'priority'>[] {
  const [moved, other] = [inputs[index], inputs[index + by]]
  if (!moved || !other) return []
  const order = inputs.map((input) => (input === moved ? other : input === other ? moved : input))
  return order
    .map(({ id }, place) => ({ id, priority: place + 1 }))
    .filter(({ id, priority }) => inputs.find((input) => input.id === id)?.priority !== priority)
}
