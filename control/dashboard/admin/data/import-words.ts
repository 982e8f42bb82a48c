import type { ImportReport } from '#schema/contracts/transfer.ts'

const sections: Readonly<Record<string, readonly [one: string, many: string]>> = {
  settings: ['section of settings', 'sections of settings'],
  assets: ['upload', 'uploads'],
  live_streams: ['live stream', 'live streams'],
  inputs: ['input', 'inputs'],
  destinations: ['destination', 'destinations'],
  playback_ids: ['playback id', 'playback ids'],
  webhooks: ['webhook', 'webhooks'],
  users: ['user', 'users'],
}

/** What an import does, in sentences: one for what is new, one for what is changed, one for what stays. */
export function importWords({ counts, dry_run }: Pick<ImportReport, 'counts' | 'dry_run'>): string[] {
  const list = (action: 'created' | 'updated' | 'unchanged') =>
    Object.entries(counts).flatMap(([section, count]) => (count[action] === 0 ? [] : [amount(section, count[action])]))
  const [created, updated, unchanged] = [list('created'), list('updated'), list('unchanged')]
  const would = dry_run ? 'would be' : 'were'
  return [
    ...(created.length > 0 ? [`${joined(created)} ${would} added.`] : []),
    ...(updated.length > 0 ? [`${joined(updated)} ${would} changed.`] : []),
    ...(unchanged.length > 0 ? [`${joined(unchanged)} ${dry_run ? 'would stay' : 'stayed'} as they are.`] : []),
    ...(created.length + updated.length === 0 ? ['Nothing is other than here.'] : []),
  ]
}

/** `2 live streams`. */
export function amount(section: string, count: number): string {
  const [one, many] = sections[section] ?? [section, section]
  return `${count} ${count === 1 ? one : many}`
}

const joined = (list: readonly string[]): string =>
  list.length < 2 ? (list[0] ?? '') : `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`
