import type { BroadcastReport, BroadcastSummary, ProgrammeSpan } from '#schema/contracts/broadcast.ts'
import type { BroadcastTally } from '#schema/contracts/broadcast-tally.ts'
import type { PlannedEnds } from './planned-ends.ts'
import { counted, durationWords } from './words.ts'

/** Destinations named in a sentence at most. */
const namesMax = 5

interface Facts {
  readonly programme: readonly ProgrammeSpan[]
  readonly delivery: BroadcastReport['delivery']
  /** By destination. */
  readonly ends: ReadonlyMap<string, PlannedEnds>
  readonly tally: BroadcastTally
  /** Another broadcast went on with it. */
  readonly goesOn: boolean
}

/** The most important of a broadcast, a sentence each. */
export function summaryWords(head: BroadcastSummary, facts: Facts): string[] {
  return [courseWords(head, facts), pictureWords(facts), ...deliveryWords(facts)]
}

function courseWords({ state, duration_s, end_detail }: BroadcastSummary, { goesOn }: Facts): string {
  const lasted = durationWords(duration_s)
  if (state === 'live') return `On air for ${lasted} so far.`
  const known = state === 'lost' ? ' as far as is known' : ''
  const after = goesOn ? ' Another broadcast went on with it.' : ''
  return `On air for ${lasted}${known}. ${end_detail ?? ''}`.trim() + after
}

function pictureWords({ programme, tally: { slate_seconds } }: Facts): string {
  const slates = programme.filter(({ state }) => state === 'slate').length
  if (slate_seconds === 0 && slates === 0) return 'The live picture never went away.'
  const stretches = slates > 1 ? `, in ${counted(slates, 'stretch', 'stretches')}` : ''
  return `The slate stood in for the live picture for ${durationWords(slate_seconds)}${stretches}.`
}

type Delivery = Facts['delivery'][number]

function deliveryWords({ delivery, ends }: Facts): string[] {
  const outcomes = Map.groupBy(delivery, ({ outcome }) => outcome)
  const { length: unbroken } = outcomes.get('unbroken') ?? []
  const never = outcomes.get('never') ?? []
  const others = [...(outcomes.get('troubled') ?? []), ...(outcomes.get('ended') ?? [])]
  const wanted = unbroken + others.length
  const named = others.slice(0, namesMax).map((each) => courseAt(each, ends.get(each.id)))
  return [
    ...unbrokenWords(unbroken, wanted),
    ...named,
    ...(others.length > namesMax ? [`${counted(others.length - namesMax, 'other')} had a break too.`] : []),
    ...(never.length > 0 ? [neverWords(never)] : []),
  ]
}

/** What became of a single one says its own sentence. */
function unbrokenWords(unbroken: number, wanted: number): string[] {
  if (wanted === 0) return ['It went to no destination.']
  if (wanted === 1) return unbroken === 1 ? ['The destination got it without a break.'] : []
  const count = unbroken === wanted ? `All ${wanted}` : `${unbroken} of ${wanted}`
  return [`${count} destinations got it without a break.`]
}

function neverWords(never: readonly Delivery[]): string {
  const names = never.slice(0, namesMax).map(({ name }) => name)
  const more = never.length > namesMax ? [`${never.length - namesMax} more`] : []
  return `${counted(never.length, 'destination')} ${never.length === 1 ? 'was' : 'were'} not on air, nor meant to be: ${[...names, ...more].join(', ')}.`
}

/** What became of it at one destination, where that was not all of it. */
function courseAt({ name, seconds, losses, retries, dropped_ms, away_s }: Delivery, ends?: PlannedEnds): string {
  const parts = [
    seconds.broadcasting === 0 ? 'never on air' : `on air for ${durationWords(seconds.broadcasting)}`,
    ...(away_s > 0 || losses > 0 ? [`away for ${durationWords(away_s)}`] : []),
    ...(losses > 0 ? [`lost ${often(losses)}`] : []),
    ...(retries > 0 ? [`tried again ${often(retries)}`] : []),
    ...(dropped_ms > 0 ? [`${(dropped_ms / 1_000).toFixed(1)} s of media left out`] : []),
    ...(ends ? endWords(ends) : []),
  ]
  return `${name}: ${parts.join(', ')}.`
}

function endWords({ rolledOver, byLimit, atStopTime, byHand }: PlannedEnds): string[] {
  return [
    ...(rolledOver > 0 ? [`ended and begun anew in time ${often(rolledOver)}`] : []),
    ...(byLimit > 0 ? [`ended ${often(byLimit)} by its limit`] : []),
    ...(atStopTime > 0 ? [`ended ${often(atStopTime)} at its stop time`] : []),
    ...(byHand > 0 ? [`ended ${often(byHand)} by hand`] : []),
  ]
}

const often = (times: number): string => (times === 1 ? 'once' : counted(times, 'time'))
