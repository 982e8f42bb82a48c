import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Platform } from '#schema/contracts/platform.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import { eventsShown } from './api.ts'

/** `unknown` until the first answer; `over` where the page was in use when the session ended. */
export type Session = 'unknown' | 'signed_out' | 'signed_in' | 'over'
/** Whether updates arrive. */
export type Connection = 'connecting' | 'open' | 'lost'

/** All that the dashboard shows. */
export interface DashboardState {
  readonly session: Session
  readonly connection: Connection
  /** By id; null until they were listed. */
  readonly streams: ReadonlyMap<string, LiveStream> | null
  /** What control knows of platforms; null until they were listed. */
  readonly platforms: readonly Platform[] | null
  /** The last events of each stream that somebody looked at, newest first, `eventsShown` at most. */
  readonly events: ReadonlyMap<string, readonly StreamEventRecord[]>
}

/** What can happen to it. */
export type Change =
  | { readonly type: 'session'; readonly session: Session }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'listed'; readonly streams: readonly LiveStream[] }
  | { readonly type: 'platforms_listed'; readonly platforms: readonly Platform[] }
  | { readonly type: 'live_stream'; readonly stream: LiveStream }
  | { readonly type: 'live_stream_deleted'; readonly id: string }
  | { readonly type: 'events_listed'; readonly id: string; readonly events: readonly StreamEventRecord[] }
  | { readonly type: 'event'; readonly event: StreamEventRecord }

export const initialState: DashboardState = {
  session: 'unknown',
  connection: 'connecting',
  streams: null,
  platforms: null,
  events: new Map(),
}

/** The state after a change; the same object where nothing changed. */
export function reduce(state: DashboardState, change: Change): DashboardState {
  switch (change.type) {
    case 'session':
      return change.session === 'signed_out'
        ? { ...initialState, session: 'signed_out' }
        : { ...state, session: change.session }
    case 'connection':
      return state.connection === change.connection ? state : { ...state, connection: change.connection }
    case 'listed':
      return { ...state, streams: new Map(change.streams.map((stream) => [stream.id, stream])) }
    case 'platforms_listed':
      return { ...state, platforms: change.platforms }
    case 'live_stream':
      return { ...state, streams: new Map(state.streams).set(change.stream.id, change.stream) }
    case 'live_stream_deleted':
      return { ...state, streams: without(state.streams, change.id), events: without(state.events, change.id) }
    case 'events_listed':
      return withEvents(state, change.id, change.events)
    case 'event':
      return state.events.has(change.event.live_stream_id)
        ? withEvents(state, change.event.live_stream_id, [change.event])
        : state
  }
}

/** Newest first, and where they are equally old by id, so that no card ever changes its place. */
export const inOrder = (streams: ReadonlyMap<string, LiveStream>): LiveStream[] =>
  [...streams.values()].sort((a, b) => compare(b.created_at, a.created_at) || compare(b.id, a.id))

function withEvents(state: DashboardState, id: string, events: readonly StreamEventRecord[]): DashboardState {
  const known = new Set(events.map((event) => event.id))
  const merged = [...events, ...(state.events.get(id) ?? []).filter((event) => !known.has(event.id))]
    .sort((a, b) => compare(b.at, a.at))
    .slice(0, eventsShown)
  return { ...state, events: new Map(state.events).set(id, merged) }
}

function without<Value, From extends ReadonlyMap<string, Value> | null>(map: From, id: string): From {
  if (!map?.has(id)) return map
  const rest = new Map(map)
  rest.delete(id)
  return rest as unknown as From
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
