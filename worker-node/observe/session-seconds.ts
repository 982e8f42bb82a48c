import type { SessionReport } from '#schema/contracts/worker.ts'
import { stateCodes } from '#schema/samples/figures.ts'
import type { MeasuredSecond } from './sample-ring.ts'

/** Running totals of a track. */
interface Sent {
  readonly bytes: number
  readonly samples: number
}

/** What is measured of a session, its renditions and its destinations in each second; see schema/samples/figures.ts for the order. */
export class SessionSeconds {
  readonly #sentByTrack: () => ReadonlyMap<string, Sent>
  #last: { readonly atMs: number; readonly sent: ReadonlyMap<string, Sent> } | undefined
  /** What destinations had dropped at the last look; only of those that there are. */
  #droppedMs = new Map<string, number>()

  constructor(sentByTrack: () => ReadonlyMap<string, Sent> = () => new Map()) {
    this.#sentByTrack = sentByTrack
  }

  /** The second before `nowMs` (monotonic). Destinations that are idle are left out. */
  measure(report: SessionReport, nowMs: number): MeasuredSecond {
    return [streamSecond(report), ...this.#renditions(nowMs), ...this.#destinations(report)]
  }

  #renditions(nowMs: number): MeasuredSecond {
    const sent = sentByRendition(this.#sentByTrack())
    const last = this.#last
    this.#last = { atMs: nowMs, sent }
    if (!last) return []
    const seconds = Math.max(0.001, (nowMs - last.atMs) / 1_000)
    return Array.from(sent, ([name, { bytes, samples }]) => {
      const before = last.sent.get(name)
      // One that is new, or was begun anew, counts from nothing.
      const since = before && before.bytes <= bytes ? before : { bytes: 0, samples: 0 }
      return [
        `r.${name}`,
        [((bytes - since.bytes) * 8) / 1_000 / seconds, (samples - since.samples) / seconds],
      ] as const
    })
  }

  #destinations({ destinations }: SessionReport): MeasuredSecond {
    const before = this.#droppedMs
    this.#droppedMs = new Map(destinations.map(({ id, dropped_ms }) => [id, dropped_ms]))
    return destinations
      .filter(({ state }) => state !== 'idle')
      .map(({ id, bitrate_kbps, queue_ms, dropped_ms, round_trip_ms, state }) => {
        const had = before.get(id) ?? 0
        const dropped = dropped_ms >= had ? dropped_ms - had : dropped_ms
        return [`d.${id}`, [bitrate_kbps, queue_ms, dropped, round_trip_ms, stateCodes.indexOf(state)]] as const
      })
  }
}

function streamSecond({ sample, status, issues }: SessionReport): MeasuredSecond[number] {
  const health = issues.some(({ severity }) => severity === 'error')
    ? 2
    : issues.some(({ severity }) => severity === 'warning')
      ? 1
      : 0
  return [
    's',
    [
      sample?.source_bitrate_kbps ?? null,
      sample?.output_bitrate_kbps ?? null,
      sample?.fps ?? null,
      sample?.speed ?? null,
      sample?.lateness_ms ?? null,
      status === 'reconnecting' ? 1 : 0,
      sample?.loudness_momentary_lufs ?? null,
      health,
    ],
  ]
}

/** Pictures that viewers get, in whichever edition; not the sound, and nothing made for destinations alone. */
function sentByRendition(tracks: ReadonlyMap<string, Sent>): Map<string, Sent> {
  const sent = new Map<string, Sent>()
  for (const [id, { bytes, samples }] of tracks) {
    const name = id.slice(id.lastIndexOf('/') + 1)
    if (name === 'audio' || (id !== name && !id.startsWith('viewers-'))) continue
    const { bytes: others = 0, samples: otherSamples = 0 } = sent.get(name) ?? {}
    sent.set(name, { bytes: bytes + others, samples: samples + otherSamples })
  }
  return sent
}
