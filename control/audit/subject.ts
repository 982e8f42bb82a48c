/** What a request changes, read from its method and path alone, so that no route has to say it. */
export interface AuditSubject {
  /** `live_stream.change`, `destination.retry`, `token.create`, … */
  readonly action: string
  readonly targetType: string
  readonly targetId: string | null
  /** The live stream that it hangs on. */
  readonly liveStreamId: string | null
  /** Where the API shows what is changed; null: nowhere, or it is not there yet. */
  readonly path: string | null
  /** True where something new is made: its address is in the answer. */
  readonly isCreation: boolean
}

/** What looks like a change and is none. */
const changesNothing: readonly RegExp[] = [/^\/v1\/plan$/, /^\/v1\/beacons\b/, /\/destinations\/check$/]

/**
 * The subject of a request; undefined where it changes nothing. Collections end in s (`live-streams`), ids have an underscore
 * (`ls_…`) or stand where one must, and what stands last of a POST and is neither is a verb (`enable`).
 */
export function auditSubject(method: string, url: URL): AuditSubject | undefined {
  const { searchParams } = url
  const pathname = asRouted(url)
  if (changesNothing.some((path) => path.test(pathname))) return undefined
  if (['1', 'true'].includes(searchParams.get('dry_run') ?? '')) return undefined
  const parts = pathname
    .split('/')
    .filter(Boolean)
    .slice(1, 9)
    .map((part) => part.slice(0, 60))
  let collection = parts[0] ?? 'unknown'
  let id: string | null = null
  let verb: string | null = null
  let path = `/v1/${collection}`
  for (const [index, part] of parts.entries()) {
    if (index === 0) continue
    const isLast = index === parts.length - 1
    if (part.includes('_') || (isLast && method !== 'POST' && index % 2 === 1)) {
      id = part
      path += `/${part}`
    } else if (isLast && method === 'POST' && !part.endsWith('s')) verb = part
    // Nothing is kept of such a token: it is of the playback id, and none of those that call the API.
    else if (collection === 'playback-ids' && part === 'tokens') verb = 'make-token'
    else {
      collection = part
      id = null
      path += `/${part}`
    }
  }
  const isCreation = method === 'POST' && verb === null && collection.endsWith('s')
  const targetType = singular(collection)
  const action = verb ?? (method === 'POST' ? 'create' : method === 'DELETE' ? 'delete' : 'change')
  const isOfCollection = id === null && verb !== null && parts.length > 2
  return {
    action: `${targetType}.${snake(action)}`,
    targetType,
    targetId: id,
    liveStreamId: parts[0] === 'live-streams' && parts[1]?.includes('_') ? parts[1] : null,
    // `…/inputs/release` is about the stream. What a sign-in shows is about who asks.
    path: isCreation || parts[0] === 'session' ? null : isOfCollection ? path.slice(0, path.lastIndexOf('/')) : path,
    isCreation,
  }
}

/** As routes see it: who writes `%74okens` for tokens gets there, and must not stand in the log as something else. */
function asRouted({ pathname }: URL): string {
  try {
    return decodeURI(pathname)
  } catch {
    return pathname
  }
}

const snake = (text: string) => text.replaceAll('-', '_')

const singular = (collection: string) =>
  collection === 'settings' ? collection : snake(collection).replace(/ies$/, 'y').replace(/s$/, '')
