/** What of a resource the audit log keeps: fields as the API answered them. */
export type ShownFields = Readonly<Record<string, unknown>>

/** Fields that change by themselves, or say only that something did. */
const observed = new Set([
  'status',
  'status_reason',
  'status_detail',
  'status_since',
  'state',
  'health',
  'issues',
  'sample',
  'plan',
  'effects',
  'revision',
  'updated_at',
  'last_used_at',
  'last_seen_at',
  'session_id',
  'worker_id',
  'playable',
  'renditions',
  'slate_status',
  'viewers',
  'destinations',
  'playback_ids',
  'ingest',
  // What a worker says of itself.
  'version',
  'capacity',
  'room',
  'own_labels',
  'live_streams',
  'streams',
  'origin_url',
  'rtmp_url',
  'srt_url',
])
const observedInside = new Set(['status', 'state', 'live', 'on_air'])

/** Names of fields that would hold a secret, should an answer ever have one. */
const secretName =
  /(^|_)(secrets?|tokens?|passwords?|passphrase|stream_key|bearer|authorization|credentials?|private_key|link)$/i

/** Characters of one side of a change at most, and of one field where that is not enough. */
const sideMax = 7_000
const fieldMax = 500

/** The two sides of a change: only what differs, without secrets, of bounded size. */
export function shownChange(
  before: ShownFields | null,
  after: ShownFields | null,
): { before: ShownFields | null; after: ShownFields | null } {
  if (!before || !after) return { before: before && shown(before), after: after && shown(after) }
  const [left, right] = [settled(before), settled(after)]
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]),
  )
  const pick = (from: ShownFields) => bounded(Object.fromEntries(names.map((name) => [name, from[name] ?? null])))
  return { before: pick(left), after: pick(right) }
}

const shown = (fields: ShownFields) => bounded(settled(fields))

/** The fields of a resource that somebody has set. */
export const configured = (fields: ShownFields): ShownFields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !observed.has(name)))

/** Without what is observed and without secrets. */
const settled = (fields: ShownFields): ShownFields =>
  Object.fromEntries(Object.entries(configured(fields)).map(([name, value]) => [name, clean(name, value, 0)]))

/** Whether and how many there are may be told: a secret is a text. */
function clean(name: string, value: unknown, depth: number): unknown {
  if (secretName.test(name) && typeof value === 'string') return '•••'
  if (typeof value === 'string') return withoutCredentials(value)
  if (Array.isArray(value)) return depth > 5 ? [] : value.slice(0, 100).map((each) => clean(name, each, depth + 1))
  if (value === null || typeof value !== 'object') return value
  if (depth > 5) return {}
  return Object.fromEntries(
    Object.entries(value)
      .filter(([inner]) => !observedInside.has(inner))
      .map(([inner, each]) => [inner, clean(inner, each, depth + 1)]),
  )
}

/** User and password have no place in an address that is shown. */
const withoutCredentials = (text: string) => text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*@/gi, '$1•••@')

function bounded(fields: ShownFields): ShownFields {
  if (JSON.stringify(fields).length <= sideMax) return fields
  let left = sideMax
  const kept = Object.entries(fields).map(([name, value]) => {
    const text = JSON.stringify(value) ?? ''
    left -= Math.min(text.length, fieldMax) + name.length + 20
    return [name, left < 0 || text.length > fieldMax ? '… (too long to keep)' : value] as const
  })
  return Object.fromEntries(kept.slice(0, 150))
}
