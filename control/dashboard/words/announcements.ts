import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { destinationName, destinationState } from './destination-words.ts'
import { inputName } from './input-words.ts'
import { isOnAir, streamState } from './stream-words.ts'

/** What a screen reader says about a change: only that a state is another, never that a figure moved. */
export function announcements(before: LiveStream | undefined, after: LiveStream): string[] {
  if (!before) return []
  const said: string[] = []
  if (streamState(before).label !== streamState(after).label) said.push(`${after.name}: ${streamState(after).label}.`)
  const [old, now] = [before, after].map(({ inputs }) => inputs.find(({ state }) => state === 'on_air'))
  if (now && old && now.id !== old.id) said.push(`${after.name}: ${inputName(now)} is on air.`)
  for (const destination of after.destinations) {
    const old = before.destinations.find(({ id }) => id === destination.id)
    const { label } = destinationState(destination, isOnAir(after))
    if (old && destinationState(old, isOnAir(before)).label !== label)
      said.push(`${destinationName(destination)}: ${label}.`)
  }
  return said
}
