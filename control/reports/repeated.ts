import type { Incident } from '#schema/contracts/broadcast.ts'
import { secondsBetween } from './spans.ts'
import { counted, durationWords } from './words.ts'

/** What happens again within so long is told together with the time before, seconds. */
const togetherSeconds = 600

/** The same incidents, in the order of time, with those that repeat each other told as one. `endAt`: until when is known. */
export function joinRepeated(incidents: readonly Incident[], endAt: string): Incident[] {
  const groups: [Incident, ...Incident[]][] = []
  const newest = new Map<string, [Incident, ...Incident[]]>()
  for (const incident of incidents) {
    const key = sameness(incident)
    const group = newest.get(key)
    if (group && secondsBetween(group.at(-1)?.to ?? endAt, incident.from) <= togetherSeconds) group.push(incident)
    else {
      const begun: [Incident, ...Incident[]] = [incident]
      groups.push(begun)
      newest.set(key, begun)
    }
  }
  return groups.map((group) => (group.length === 1 ? group[0] : joined(group, endAt)))
}

/** Issues are told once as it is; one input is as good as another only where the same is said of it. */
const sameness = ({ kind, title, detail, from }: Incident): string =>
  [kind, title, ...(kind === 'issue' ? [detail, from] : kind === 'input' ? [detail] : [])].join(' ')

function joined(group: readonly [Incident, ...Incident[]], endAt: string): Incident {
  const [first] = group
  const seconds = group.reduce((sum, { from, to }) => sum + secondsBetween(from, to ?? endAt), 0)
  const often = counted(group.length, 'time')
  return {
    ...first,
    severity: group.some(({ severity }) => severity === 'error') ? 'error' : first.severity,
    to: group.at(-1)?.to ?? null,
    times: group.length,
    title: `${first.title} (${seconds > 0 ? `${often}, ${durationWords(seconds)} in all` : often})`,
    // One cause may be told in other words by who noticed it first.
    detail: [...new Set(group.map(({ detail }) => detail))].slice(0, 2).join(' '),
  }
}
