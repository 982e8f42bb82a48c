import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import { newId } from '#schema/ids.ts'

/** Events kept while control is away; older ones are dropped first. */
const maxQueued = 1_000
/** What encoders can cause again and again is told once per stream in so long, milliseconds. */
const refusedEachMs = 10_000
/** Events in one heartbeat at most; the contract's bound. */
const maxPerHeartbeat = 200

type EventRecord = Pick<StreamEventRecord, 'session_id' | 'in_report' | 'destination_id' | 'input_id' | 'reason'>

/** Events that control has not acknowledged yet. Bound: 1,000 events. */
export class EventQueue {
  #events: StreamEventRecord[] = []
  /** When a refused encoder was told of last, by stream; only what is newer than `refusedEachMs`. */
  readonly #refusedAtMs = new Map<string, number>()
  /** Told of each new event. */
  onAdded: () => void = () => {}

  /** `record`: the session that it belongs to, whether its report tells of it, and what it is about. */
  add(liveStreamId: string, type: string, detail: string, at: Date, record: EventRecord = {}): void {
    if (type === 'input.refused' && this.#wasToldOfLate(liveStreamId, at.getTime())) return
    this.#events.push({
      id: newId('evt'),
      live_stream_id: liveStreamId,
      type,
      detail: detail.slice(0, 1_000),
      at: at.toISOString(),
      ...record,
    })
    if (this.#events.length > maxQueued) this.#events.shift()
    this.onAdded()
  }

  /** The oldest events, for one heartbeat. */
  batch(): StreamEventRecord[] {
    return this.#events.slice(0, maxPerHeartbeat)
  }

  /** Control has taken these. */
  acknowledge(batch: readonly StreamEventRecord[]): void {
    const taken = new Set(batch.map((event) => event.id))
    this.#events = this.#events.filter((event) => !taken.has(event.id))
  }

  #wasToldOfLate(liveStreamId: string, nowMs: number): boolean {
    for (const [id, atMs] of this.#refusedAtMs) if (nowMs - atMs >= refusedEachMs) this.#refusedAtMs.delete(id)
    if (this.#refusedAtMs.has(liveStreamId)) return true
    this.#refusedAtMs.set(liveStreamId, nowMs)
    return false
  }
}
