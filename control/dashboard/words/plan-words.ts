import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlanAnswer } from '#schema/contracts/plan.ts'
import { destinationName } from './destination-words.ts'
import { sizeWords } from './figures.ts'
import { originWords } from './quality-words.ts'

/** What an encode of the plan is for one destination, in a sentence. `nameOf` gives what people call a user of it. */
export function sharingWords(
  plan: Pick<PlanAnswer, 'encodes'>,
  encodeId: string,
  destinationId: string,
  nameOf: (id: string) => string,
): string {
  const encode = plan.encodes.find(({ id }) => id === encodeId)
  if (!encode) return ''
  const others = encode.used_by.filter((id) => id !== destinationId).map(nameOf)
  if (encode.from === 'source' || encode.encode_units === 0) return 'The source as it comes: nothing is encoded for it.'
  if (others.length > 0) return `The same encode as for ${listed(others)}: it costs the machine nothing more.`
  return 'An encode of its own, made for this destination alone.'
}

/** What a destination gets now, or while nothing runs would get; null where that is nothing. */
export function mediaOf({ plan }: Pick<LiveStream, 'plan'>, { id, sends }: Pick<Destination, 'id' | 'sends'>) {
  const planned = plan.destinations.find((each) => each.id === id)
  return sends ?? plan.encodes.find((each) => each.id === planned?.encode_id) ?? null
}

/** With whom a destination shares that, as far as it is known: `Shared with viewers and Hall`. */
export function sharedWith(
  stream: Pick<LiveStream, 'plan' | 'destinations'>,
  destination: Pick<Destination, 'id' | 'sends'>,
): string | null {
  const { plan, destinations } = stream
  const { id, sends } = destination
  const media = mediaOf(stream, destination)
  if (!media) return null
  if (media.from === 'source') return originWords.source
  // What a worker sends that says nothing of its plan is not what would be planned now.
  const encodes = sends && !plan.is_running ? [] : plan.encodes
  const used = encodes.find(({ used_by }) => used_by.includes(id))?.used_by ?? []
  const others = used.filter((each) => each !== id)
  if (used.length === 0) return originWords[media.from]
  if (others.length === 0) return 'Made for it alone'
  const names = others.flatMap((other) => {
    const shared = destinations.find((each) => each.id === other)
    return shared ? [destinationName(shared)] : other === 'viewers' ? ['viewers'] : []
  })
  return `Shared with ${names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : listed(names)}`
}

/** What a running stream takes of its worker: `3 encodes, 62 % of what its worker can do`; null where nobody knows. */
export function loadWords({ is_running, encodes, encode_units }: LiveStream['plan']): string | null {
  const { needed, available } = encode_units
  if (!is_running || available === null || available <= 0) return null
  const made = encodes.filter((each) => each.encode_units > 0).length
  if (made === 0) return 'Nothing is encoded'
  return `${made === 1 ? '1 encode' : `${made} encodes`}, ${percent(needed / available)} of what its worker can do`
}

/** How much of the machine a plan takes. Shares of what it can do; over 1 is too much. */
export interface PlanCost {
  /** With all destinations. */
  readonly needed: number
  /** Of it, what is made for this destination alone. */
  readonly ownPart: number
}

/** Null where no worker is there to compare with. */
export function planCost({ encode_units, encodes }: PlanAnswer, destinationId: string | null): PlanCost | null {
  const { needed, available } = encode_units
  if (available === null || available <= 0) return null
  const own = encodes.find(({ used_by }) => used_by.length === 1 && used_by[0] === destinationId)
  return { needed: needed / available, ownPart: Math.min(own?.encode_units ?? 0, needed) / available }
}

/** `Takes 62 % of what the worker “home” can encode at once, 20 % of it for this destination.` */
export function costWords({ needed, ownPart }: PlanCost, workerName: string): string {
  const own = ownPart > 0.005 ? `; ${percent(ownPart)} is for this destination alone` : ''
  return needed > 1
    ? `Too much for the worker “${workerName}”: this needs ${percent(needed)} of what it can encode at once${own}.`
    : `Takes ${percent(needed)} of what the worker “${workerName}” can encode at once${own}.`
}

/** What goes up the line in an hour, at this rate. */
export const hourWords = (kbps: number): string => `${sizeWords((kbps * 1_000 * 3_600) / 8)} an hour`

/** `The whole plan: 3 encodes` */
export function planWords({ encodes }: Pick<PlanAnswer, 'encodes'>): string {
  const made = encodes.filter(({ encode_units }) => encode_units > 0).length
  return `The whole plan: ${made === 0 ? 'nothing is encoded' : made === 1 ? '1 encode' : `${made} encodes`}`
}

/** What sharing saves: `With an encoder for each, it would be 6.` */
export const savedWords = ({ without_sharing }: Pick<PlanAnswer, 'without_sharing'>): string =>
  `With an encoder for each destination it would be ${without_sharing.encodes}.`

const percent = (share: number) => `${Math.round(share * 100)} %`

/** `a, b and c` */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
