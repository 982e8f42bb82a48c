/** What an operation is named after. */
export interface NamedOperation {
  readonly method: string
  /** As OpenAPI writes it: `/v1/live-streams/{id}`. */
  readonly path: string
  readonly isCreation: boolean
  readonly isList: boolean
}

/** A name for code that is made from the document: `createLiveStream`, `listLiveStreamInputs`, `enableLiveStream`. */
export function operationName({ method, path, isCreation, isList }: NamedOperation): string {
  const own = ownNames[`${method} ${path}`]
  if (own !== undefined) return own
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== 'v1')
  const words = segments.filter((segment) => !segment.startsWith('{'))
  const last = words.at(-1) ?? 'root'
  const owners = words.slice(0, -1).map((word) => pascal(singular(word)))
  const endsInId = segments.at(-1)?.startsWith('{') === true
  if (endsInId) return `${verbs[method] ?? method}${owners.join('')}${pascal(singular(last))}`
  if (method === 'post' && !isCreation) return `${camel(last)}${owners.join('')}`
  if (method === 'post') return `create${owners.join('')}${pascal(singular(last))}`
  if (isList) return `list${owners.join('')}${pascal(last)}`
  return `${verbs[method] ?? method}${owners.join('')}${pascal(last)}`
}

/** Those whose path says it less well. */
const ownNames: Readonly<Record<string, string>> = {
  'post /v1/live-streams/{id}/reset-stream-key': 'resetStreamKey',
  'post /v1/live-streams/{id}/reveal': 'revealStreamKey',
  'post /v1/live-streams/{id}/complete': 'completeBroadcast',
  'post /v1/beacons': 'sendBeacon',
  'post /v1/plan': 'planEncodes',
  'post /v1/session': 'signIn',
  'delete /v1/session': 'signOut',
  'post /v1/session/join': 'acceptInvitation',
  'delete /v1/sessions/{id}': 'endSession',
  'post /v1/keys/rotate-signing-key': 'rotateSigningKey',
  'post /v1/keys/reseal': 'resealSecrets',
  'delete /v1/keys/{id}': 'retireSigningKey',
  'post /v1/webhooks/{id}/rotate-secret': 'rotateWebhookSecret',
  'get /v1/stream': 'watchUpdates',
  'get /v1/export': 'exportConfiguration',
  'post /v1/import': 'importConfiguration',
  'post /live/{liveStreamId}/whip': 'publish',
  'patch /live/{liveStreamId}/whip/{sessionId}': 'trickle',
  'delete /live/{liveStreamId}/whip/{sessionId}': 'unpublish',
  'get /live/{name}/{path}': 'getMedia',
  'get /docs/errors': 'getProblems',
}

const verbs: Readonly<Record<string, string>> = {
  get: 'get',
  patch: 'update',
  put: 'replace',
  delete: 'delete',
  post: 'send',
}

const pascal = (word: string) =>
  word
    .split(/[^a-zA-Z0-9]+/)
    .filter(Boolean)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

const camel = (word: string) => {
  const name = pascal(word)
  return name.charAt(0).toLowerCase() + name.slice(1)
}

const singular = (word: string) => (/(ss|us|is)$/.test(word) ? word : word.replace(/ies$/, 'y').replace(/s$/, ''))
