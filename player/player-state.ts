import type { Playback } from '#schema/contracts/playback.ts'

/** What the player is doing, as viewers would say it. Reflected as the attribute `state`. */
export const playerStates = ['waiting', 'starting', 'live', 'behind', 'reconnecting', 'ended', 'failed'] as const
export type PlayerState = (typeof playerStates)[number]

/** What makes the player change its state. */
export type PlayerEvent =
  /** The status endpoint says that playlists can be fetched. */
  | 'playable'
  /** It says that nothing is on air. */
  | 'offline'
  /** It does not know the playback id, or may not give what it stands for. */
  | 'unknown_id'
  /** Pictures move, at the live edge. */
  | 'at_edge'
  /** The viewer paused or went back. */
  | 'fell_behind'
  /** Nothing moved for too long, or the engine gave up. */
  | 'lost'
  /** The last picture of the broadcast was shown. */
  | 'broadcast_over'
  /** This browser can't play the stream at all. */
  | 'unsupported'

/** Legal changes: from → event → to. An event that is not listed changes nothing. */
export const playerTransitions: Readonly<Record<PlayerState, Readonly<Partial<Record<PlayerEvent, PlayerState>>>>> = {
  waiting: { playable: 'starting', unknown_id: 'failed' },
  starting: {
    at_edge: 'live',
    fell_behind: 'behind',
    lost: 'reconnecting',
    offline: 'waiting',
    broadcast_over: 'ended',
    unsupported: 'failed',
  },
  live: { fell_behind: 'behind', lost: 'reconnecting', broadcast_over: 'ended' },
  behind: { at_edge: 'live', lost: 'reconnecting', broadcast_over: 'ended' },
  reconnecting: {
    at_edge: 'live',
    fell_behind: 'behind',
    // The connection went first, or the last segment was lost: for those who watched, the broadcast is over.
    offline: 'ended',
    unknown_id: 'failed',
    broadcast_over: 'ended',
    unsupported: 'failed',
  },
  ended: { playable: 'starting' },
  failed: { offline: 'waiting', playable: 'starting' },
}

/** The state after `event`; the same one where the table has no such change. */
export const nextPlayerState = (from: PlayerState, event: PlayerEvent): PlayerState =>
  playerTransitions[from][event] ?? from

/** Whether a broadcast that can't be played at the moment is to go on: its next session is about to begin. */
export const goesOn = ({ status }: Playback): boolean => status !== 'idle' && status !== 'disabled'
