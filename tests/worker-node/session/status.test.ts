import { describe, expect, it } from 'vitest'
import { streamStatuses } from '#schema/enums.ts'
import { type StreamEvent, streamTransitions } from '#schema/transitions.ts'
import { StatusMachine } from '#worker/session/status.ts'

function machine() {
  const seen: string[] = []
  let seconds = 0
  const status = new StatusMachine(
    () => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds++)),
    (current, before) => seen.push(`${before.status} → ${current.status} (${current.reason})`),
    (event, { status }) => seen.push(`refused: ${event} while ${status}`),
  )
  return { status, seen }
}

describe('the status of a session', () => {
  it('walks through a broadcast with a loss in the middle', () => {
    const { status, seen } = machine()
    status.apply('source_connecting', 'source_connected')
    status.apply('first_media', 'on_air')
    status.apply('source_lost', 'source_stalled')
    status.apply('source_back', 'on_air')
    status.apply('broadcast_over', 'completed')
    expect(seen).toEqual([
      'idle → connecting (source_connected)',
      'connecting → active (on_air)',
      'active → reconnecting (source_stalled)',
      'reconnecting → active (on_air)',
      'active → idle (completed)',
    ])
  })

  it('refuses what the table does not allow and keeps its state', () => {
    const { status, seen } = machine()
    expect(status.apply('source_back', 'on_air')).toBe(false)
    expect(status.current).toMatchObject({ status: 'idle', reason: 'waiting_for_source' })
    // What is fetched needs no encoder.
    expect(status.current.detail).not.toMatch(/encoder/)
    expect(seen).toEqual(['refused: source_back while idle'])
  })

  it('says in words what each reason means, and keeps since when while only the reason changes', () => {
    const { status } = machine()
    status.apply('source_connecting', 'source_connected')
    status.apply('first_media', 'on_air')
    status.apply('source_lost', 'source_stalled')
    const { since } = status.current
    status.explain('source_ended')
    expect(status.current).toMatchObject({ status: 'reconnecting', reason: 'source_ended', since })
    expect(status.current.detail).toMatch(/Viewers see the slate meanwhile/)
  })
})

describe('the table of legal changes', () => {
  const arrows = Object.entries(streamTransitions).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => ({ from, event: event as StreamEvent, to: to as string })),
  )

  it('names only known states, and reaches every one of them', () => {
    for (const { to } of arrows) expect(streamStatuses).toContain(to)
    expect(new Set(arrows.map(({ to }) => to))).toEqual(new Set(streamStatuses))
  })

  it('lets an operator disable a stream in every state, and a broadcast end wherever there is one', () => {
    for (const from of ['idle', 'connecting', 'active', 'reconnecting'] as const)
      expect(streamTransitions[from].disable).toBe('disabled')
    for (const from of ['connecting', 'active', 'reconnecting'] as const)
      expect(streamTransitions[from].broadcast_over).toBe('idle')
  })
})
