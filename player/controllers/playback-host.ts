import type { ReactiveControllerHost } from 'lit'
import type { Playback } from '#schema/contracts/playback.ts'
import type { EngineName } from '../engine/engine.ts'
import type { TokenNeed } from '../playback-token.ts'
import type { PlayerState } from '../player-state.ts'

/** What the element gives its controller, and hears from it. */
export interface PlaybackHost extends ReactiveControllerHost {
  /** With the token of signed playback behind it. */
  readonly playbackName: string
  readonly base: string
  readonly engine: string | null
  readonly autoplay: boolean
  readonly video: HTMLVideoElement
  stateChanged(state: PlayerState, previous: PlayerState): void
  playbackChanged(playback: Playback): void
  /** An engine begins; `isFirst`: to show the first picture of a broadcast. */
  engineStarting(name: EngineName, isFirst: boolean): void
  /** The page should set another token. */
  tokenNeeded(need: TokenNeed): void
  /** Playback can't go on like this. */
  engineLost(reason: string): void
}

/** Why nothing can be played. */
export type PlaybackFailure = 'unknown_id' | 'unsupported' | 'needs_token' | 'not_allowed'
