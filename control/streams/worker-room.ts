import type { WorkerCapacity } from '#schema/contracts/worker.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { EncoderRoom } from '#schema/plan/encoder-choice.ts'

/** What a live stream takes of the worker that runs it, as that reported it last. */
export interface TakenUnits {
  readonly live_stream_id: string
  readonly encoder: VideoEncoder
  readonly encode_units: number
  readonly cpu_units: number
}

/** A worker, and what its live streams take of it. */
export interface LoadedWorker {
  readonly id: string
  readonly name: string
  readonly capacity: WorkerCapacity
  readonly taken: readonly TakenUnits[]
}

/** What a worker has for a live stream beside its others, best first. Without a worker, all that could be asked for. */
export function roomsFor(worker: LoadedWorker | undefined, liveStreamId: string | undefined): EncoderRoom[] {
  if (!worker) return [{ name: 'software', encodeUnits: Number.POSITIVE_INFINITY }]
  const { capacity, taken } = worker
  const hardware = (capacity.encoders ?? []).filter(({ name }) => name !== 'software')
  const encoders = [...hardware, { name: 'software' as const, encode_units: capacity.encode_units }]
  const others = taken.filter((each) => each.live_stream_id !== liveStreamId)
  return encoders.map(({ name, encode_units }) => {
    const used = others.reduce((sum, each) => sum + unitsOf(each, name), 0)
    return { name, encodeUnits: Math.max(0, encode_units - used) }
  })
}

function unitsOf({ encoder, encode_units, cpu_units }: TakenUnits, of: VideoEncoder): number {
  if (encoder === of) return encode_units
  return of === 'software' ? cpu_units : 0
}
