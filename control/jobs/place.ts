import type { EncoderChoice, VideoEncoder, WorkerState } from '#schema/enums.ts'
import type { EncoderRoom } from '#schema/plan/encoder-choice.ts'
import type { Load } from '#schema/plan/load.ts'
import { usableShare } from '#schema/plan/plan.ts'
import type { WorkerRow } from '#schema/tables/workers.ts'
import { leaseSeconds } from '../config.ts'

/** Live streams that one worker runs at most. */
export const leasesMax = 100
/** The least that a live stream with encodes is begun with: about one 480p encode. Its plan then makes less than it was asked for. */
const leastUnits = 0.3
/** What each live stream counts beside its encodes, as a share of a worker: what is only passed on is work too. */
const leaseShare = 0.01
/** A worker is clearly less loaded than another if the difference is over this share of it. */
const clearShare = 0.15

/** What placement knows of a worker. */
export interface PlaceableWorker {
  readonly id: string
  readonly labels: readonly string[]
  readonly leases: number
  readonly isDraining: boolean
  /** What each encoder can do in all, and what is left of it. Every worker has `software`. */
  readonly encoders: readonly (EncoderRoom & { readonly freeUnits: number })[]
}

/** What a live stream needs of its worker. */
export interface StreamNeeds {
  readonly labels: readonly string[]
  readonly encoder: EncoderChoice
  readonly noSoftwareFallback: boolean
  /** What all that it asks for takes, with that encoder. */
  loadOn(encoder: VideoEncoder): Load
}

/** How well a worker fits, or what it lacks. */
export type Fit =
  | {
      readonly fits: true
      readonly encoder: VideoEncoder
      readonly load: Load
      /** Lower is better. 0: the encoder that was asked for and room for everything. 1: less of it. 2, 3: by another encoder. */
      readonly grade: number
      /** How full it would be: over 1, less is made than was asked for. */
      readonly share: number
    }
  | { readonly fits: false; readonly lacks: 'label' | 'encoder' | 'room' | 'draining' }

/** Whether a worker may take a live stream, and how well that would be. */
export function fitOf(worker: PlaceableWorker, needs: StreamNeeds): Fit {
  if (!needs.labels.every((label) => worker.labels.includes(label))) return { fits: false, lacks: 'label' }
  const names = possibleEncoders(worker, needs)
  if (names.length === 0) return { fits: false, lacks: 'encoder' }
  if (worker.isDraining) return { fits: false, lacks: 'draining' }
  const fits = names.flatMap((encoder) => fitWith(worker, needs, encoder) ?? [])
  return fits.reduce((best, each) => (isBetter(each, best) ? each : best), fits[0] ?? { fits: false, lacks: 'room' })
}

/** Whether the one fits better than the other, if only a little. */
export function isBetter(one: Fit, other: Fit): boolean {
  if (!one.fits || !other.fits) return one.fits && !other.fits
  return one.grade === other.grade ? one.share < other.share : one.grade < other.grade
}

/** Whether work should rather go to the one, if that takes it soon. */
export function isClearlyBetter(one: Fit, other: Fit): boolean {
  if (!one.fits || !other.fits) return one.fits && !other.fits
  return one.grade === other.grade ? one.share + clearShare < other.share : one.grade < other.grade
}

/** The worker that fits best; of equals the first. */
export function bestFor<Worker extends PlaceableWorker>(
  workers: readonly Worker[],
  needs: StreamNeeds,
): { readonly worker: Worker; readonly fit: Fit & { fits: true } } | undefined {
  let best: { readonly worker: Worker; readonly fit: Fit & { fits: true } } | undefined
  for (const worker of workers) {
    const fit = fitOf(worker, needs)
    if (fit.fits && (!best || isBetter(fit, best.fit))) best = { worker, fit }
  }
  return best
}

/** A worker that has what it takes and no room: it makes less of it, which is better than nothing. */
export const fullFor = <Worker extends PlaceableWorker>(
  workers: readonly Worker[],
  needs: StreamNeeds,
): Worker | undefined =>
  workers.find((worker) => {
    const fit = fitOf(worker, needs)
    return !fit.fits && fit.lacks === 'room' && worker.leases < leasesMax
  })

function possibleEncoders({ encoders }: PlaceableWorker, { encoder, noSoftwareFallback }: StreamNeeds): VideoEncoder[] {
  const names = encoders.map(({ name }) => name)
  if (encoder === 'auto') return names
  return [encoder, ...(noSoftwareFallback ? [] : ['software' as const])].filter((name) => names.includes(name))
}

function fitWith(
  worker: PlaceableWorker,
  needs: StreamNeeds,
  encoder: VideoEncoder,
): (Fit & { fits: true }) | undefined {
  if (worker.leases >= leasesMax) return undefined
  const load = needs.loadOn(encoder)
  const parts = encoder === 'software' ? [[load.encodeUnits, 'software'] as const] : hardwareParts(load, encoder)
  const rooms = parts.map(([units, name]) => ({ units, room: worker.encoders.find((each) => each.name === name) }))
  // Whatever an empty worker has, one rendition is always made.
  const isEmpty = worker.leases === 0
  const hasLeast = rooms.every(({ units, room }) => (room?.freeUnits ?? 0) >= Math.min(units, leastUnits))
  if (!isEmpty && !hasLeast) return undefined
  const shares = rooms.map(({ units, room }) => {
    const all = Math.max(room?.encodeUnits ?? 0, 0.01)
    return (all - (room?.freeUnits ?? 0) + units) / all
  })
  const hasAll = rooms.every(({ units, room }) => units <= (room?.freeUnits ?? 0) * usableShare)
  const isAsked = needs.encoder === 'auto' || needs.encoder === encoder
  const share = Math.max(0, ...shares) + leaseShare * worker.leases
  return { fits: true, encoder, load, grade: (isAsked ? 0 : 2) + (hasAll ? 0 : 1), share }
}

const hardwareParts = ({ encodeUnits, cpuUnits }: Load, encoder: VideoEncoder) =>
  [
    [encodeUnits, encoder],
    [cpuUnits, 'software'],
  ] as const

/** A worker with the number of live streams that it leases. */
export type WorkerLoad = Pick<WorkerRow, 'id' | 'state' | 'lastSeenAt' | 'capacity'> &
  Partial<Pick<WorkerRow, 'drain'>> & { readonly leases: number }

/**
 * What a worker is now: what it said last, `draining` where operators want it so, or `offline` once it has been silent for the
 * length of a lease. One that was heard of in the future was so before our clock was set back.
 */
export function workerStateNow(worker: Pick<WorkerLoad, 'state' | 'lastSeenAt' | 'drain'>, now: Date): WorkerState {
  if (Math.abs(now.getTime() - worker.lastSeenAt.getTime()) > leaseSeconds * 1000) return 'offline'
  return worker.state === 'online' && worker.drain ? 'draining' : worker.state
}

/** The online worker with the fewest leases for what it can encode; ties go to the lower id, so that answers are stable. */
export function leastLoaded<Worker extends WorkerLoad>(workers: readonly Worker[], now: Date): Worker | undefined {
  const load = (worker: Worker) => worker.leases / Math.max(worker.capacity.encode_units, 0.01)
  return workers
    .filter((worker) => workerStateNow(worker, now) === 'online')
    .sort((a, b) => load(a) - load(b) || (a.id < b.id ? -1 : 1))[0]
}
