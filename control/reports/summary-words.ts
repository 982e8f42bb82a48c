import type { BroadcastReport, BroadcastSummary, ProgrammeSpan } from '#schema/contracts/broadcast.ts'
import type { BroadcastTally } from '#schema/contracts/broadcast-tally.ts'
import { hadTrouble } from './summarize.ts'
import { counted, durationWords } from './words.ts'

/** Destinations named in a sentence at most. */
const namesMax = 5

interface Facts {
  readonly programme: readonly ProgrammeSpan[]
  readonly delivery: BroadcastReport['delivery']
  readonly tally: BroadcastTally
}

/** The most important of a broadcast, a sentence each. */
export function summaryWords(head: BroadcastSummary, { programme, delivery, tally }: Facts): string[] {
  return [courseWords(head), pictureWords(programme, tally), ...deliveryWords(delivery)]
}

function courseWords({ state, duration_s, end_detail }: BroadcastSummary): string {
  const lasted = durationWords(duration_s)
  if (state === 'live') return `On air for ${lasted} so far.`
  if (state === 'lost') return `On air for ${lasted} as far as is known. ${end_detail ?? ''}`.trim()
  return `On air for ${lasted}. ${end_detail ?? ''}`.trim()
}

function pictureWords(programme: readonly ProgrammeSpan[], { slate_seconds }: BroadcastTally): string {
  const slates = programme.filter(({ state }) => state === 'slate').length
  if (slate_seconds === 0 && slates === 0) return 'The live picture never went away.'
  const stretches = slates > 1 ? `, in ${counted(slates, 'stretch', 'stretches')}` : ''
  return `The slate stood in for the live picture for ${durationWords(slate_seconds)}${stretches}.`
}

function deliveryWords(delivery: Facts['delivery']): string[] {
  if (delivery.length === 0) return ['It went to no destination.']
  const troubled = delivery.filter(hadTrouble)
  const well = delivery.length - troubled.length
  const count = `${well} of ${counted(delivery.length, 'destination')}`
  const all = delivery.length === 1 ? 'The destination' : `All ${counted(delivery.length, 'destination')}`
  const first = well === delivery.length ? `${all} got it without a break.` : `${count} got it without a break.`
  const named = troubled.slice(0, namesMax).map(troubleWords)
  const more = troubled.length > namesMax ? [`${counted(troubled.length - namesMax, 'other')} had trouble too.`] : []
  return [first, ...named, ...more]
}

function troubleWords({ name, seconds, losses, retries, dropped_ms }: Facts['delivery'][number]): string {
  const awayFor = seconds.retrying + seconds.errored
  const parts = [
    ...(awayFor > 0 || losses > 0 ? [`away for ${durationWords(awayFor)}`] : []),
    ...(losses > 0 ? [`lost ${losses === 1 ? 'once' : counted(losses, 'time')}`] : []),
    ...(retries > 0 ? [`tried again ${retries === 1 ? 'once' : counted(retries, 'time')}`] : []),
    ...(dropped_ms > 0 ? [`${(dropped_ms / 1_000).toFixed(1)} s of media left out`] : []),
  ]
  return `${name}: ${parts.join(', ')}.`
}
