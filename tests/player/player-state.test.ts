import { describe, expect, it } from 'vitest'
import {
  nextPlayerState,
  type PlayerEvent,
  type PlayerState,
  playerStates,
  playerTransitions,
} from '#player/player-state.ts'

describe('the states of the player', () => {
  it('are all reachable from waiting', () => {
    const reached = new Set<string>(['waiting'])
    for (const state of reached) {
      for (const next of Object.values(playerTransitions[state as keyof typeof playerTransitions])) reached.add(next)
    }
    expect([...reached].toSorted()).toEqual([...playerStates].toSorted())
  })

  it('never leave a viewer stuck: every state but the picture itself comes back by itself', () => {
    const byItself: PlayerEvent[] = ['playable', 'offline', 'at_edge', 'lost', 'broadcast_over']
    for (const state of playerStates)
      expect(
        byItself.some((event) => nextPlayerState(state, event) !== state),
        state,
      ).toBe(true)
  })

  it.each([
    ['a whole evening', ['playable', 'at_edge', 'fell_behind', 'at_edge', 'broadcast_over', 'playable'], 'starting'],
    ['an origin that comes back', ['playable', 'at_edge', 'lost', 'at_edge'], 'live'],
    ['an origin that does not', ['playable', 'at_edge', 'lost', 'offline'], 'ended'],
    ['a start that is called off', ['playable', 'offline'], 'waiting'],
    ['an id that appears later', ['unknown_id', 'offline', 'playable'], 'starting'],
    ['a browser without any engine', ['playable', 'unsupported'], 'failed'],
  ] as const)('walk through %s', (_, events, last) => {
    expect(events.reduce<PlayerState>(nextPlayerState, 'waiting')).toBe(last)
  })

  it('ignore what does not fit', () => {
    expect(nextPlayerState('live', 'offline')).toBe('live')
    expect(nextPlayerState('ended', 'lost')).toBe('ended')
  })
})
