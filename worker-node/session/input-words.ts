import type { InputStatus } from '#schema/contracts/input.ts'
import type { DriverState } from '../ingest/driver.ts'
import type { SourceEnd } from '../ingest/source.ts'

/** How an input stands. */
export interface InputFacts {
  readonly source: 'none' | 'connected' | 'described'
  readonly isSending: boolean
  /** It has the encoder. */
  readonly isChosen: boolean
  readonly isOnAir: boolean
  /** What fetches it, if anything does, and what that said last. */
  readonly isFetched: boolean
  readonly driver: DriverState | undefined
  readonly lastEnd: SourceEnd | undefined
}

/** The same for the operator: a state, and a sentence that says what happens or what to do. */
export function inputInWords(facts: InputFacts): { state: InputStatus['state']; detail: string } {
  const { source, driver, lastEnd } = facts
  if (source === 'described') {
    if (facts.isOnAir) return { state: 'on_air', detail: 'On air.' }
    // Who fetches knows why nothing comes: a channel has an ad break, say.
    if (!facts.isSending) return { state: 'waiting', detail: driver?.state === 'waiting' ? driver.detail : silent }
    if (facts.isChosen) return { state: 'connecting', detail: 'Connected; its picture is coming.' }
    return { state: 'standby', detail: 'Sends, and is ready to take over.' }
  }
  if (source === 'connected') return { state: 'connecting', detail: 'Connected; its first picture is awaited.' }
  if (driver) return { state: driver.state === 'finished' ? 'waiting' : driver.state, detail: driver.detail }
  if (facts.isFetched) return { state: 'connecting', detail: 'Connecting.' }
  const before = lastEnd && lastEnd.reason !== 'ended' ? ` The last one: ${lastEnd.detail}` : ''
  return { state: 'waiting', detail: `Waiting for an encoder.${before}` }
}

const silent = 'Connected, but nothing comes. Check the encoder and its network.'
