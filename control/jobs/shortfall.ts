import type { VideoEncoder } from '#schema/enums.ts'
import { roundUnits } from '#schema/plan/planned-encodes.ts'
import { fitOf, type PlaceableWorker, type StreamNeeds } from './place.ts'

/** What of a live stream is missing, in words that say what to do; undefined: a worker that is online may take it. */
export function shortfallOf(workers: readonly PlaceableWorker[], needs: StreamNeeds): string | undefined {
  if (workers.length === 0) return 'No worker is online. Start one; the live stream goes to it by itself.'
  const lacks: ('label' | 'encoder' | 'room' | 'draining')[] = []
  for (const worker of workers) {
    const fit = fitOf(worker, needs)
    if (fit.fits) return undefined
    lacks.push(fit.lacks)
  }
  const lacking = (what: (typeof lacks)[number]) => workers.filter((_, index) => lacks[index] === what)
  const full = lacking('room')
  if (full.length > 0) return fullWords(full, needs)
  if (lacking('draining').length > 0)
    return 'Each worker that could take it is being emptied. Start another one, or let one of them take work again.'
  if (lacking('encoder').length > 0)
    return `No worker${needs.labels.length > 0 ? ` with ${listed(needs.labels)}` : ''} that is online has the encoder ${needs.encoder}, and software may not take its place. Start one that has it, or allow software with no_software_fallback: false.`
  return labelWords(workers, needs.labels)
}

function labelWords(workers: readonly PlaceableWorker[], labels: readonly string[]): string {
  const nowhere = labels.filter((label) => !workers.some((worker) => worker.labels.includes(label)))
  const missing = nowhere.length > 0 ? nowhere : labels
  const which = nowhere.length > 0 ? listed(missing) : `all of ${listed(missing)}`
  return `No worker that is online has the label ${which}. Give it to one, or take it out of the placement of the live stream.`
}

function fullWords(workers: readonly PlaceableWorker[], needs: StreamNeeds): string {
  const encoder = needs.encoder === 'auto' ? 'software' : needs.encoder
  const units = roundUnits(needs.loadOn(encoder).encodeUnits)
  const best = Math.max(0, ...workers.map((worker) => freeOf(worker, encoder)))
  return `All workers that may take it are full: it needs ${units} encodes of 1080p30, the best has ${roundUnits(best)} left. Stop another live stream, or start another worker.`
}

const freeOf = ({ encoders }: PlaceableWorker, encoder: VideoEncoder) =>
  encoders.find(({ name }) => name === encoder)?.freeUnits ?? 0

const listed = (labels: readonly string[]) => labels.join(' and ')
