/** A chapter of the API. */
export interface Tag {
  readonly name: string
  readonly description: string
}

/** Where each address belongs: the first that fits. */
const places: readonly (readonly [pattern: RegExp, tag: Tag])[] = [
  [/^\/v1\/live-streams\/\{id\}\/destinations/, tag('Destinations', 'Where a live stream is sent.')],
  [
    /^\/v1\/live-streams\/\{id\}\/inputs/,
    tag('Inputs', 'Where a live stream comes from: the first choice and its backups.'),
  ],
  [/^\/v1\/live-streams\/\{id\}\/playback-ids/, tag('Playback ids', 'Public names of a live stream.')],
  [
    /^\/v1\/(broadcasts|live-streams\/\{id\}\/broadcasts)/,
    tag('Broadcasts', 'What happened, from the first picture to the end.'),
  ],
  [/\/(metrics|audience|beacons)\b/, tag('Statistics', 'What was measured.')],
  [/\/logs\b|log-levels?/, tag('Logs', 'What the programs wrote.')],
  [/^\/v1\/live-streams/, tag('Live streams', 'Wanted state, orders, secrets and events.')],
  [/^\/v1\/assets/, tag('Uploads', 'Pictures and videos for slates.')],
  [/^\/v1\/(platforms|ladders|plan)/, tag('Catalogue', 'What there is to choose from, and what it costs.')],
  [/^\/v1\/(workers|join-tokens|jobs)/, tag('Workers', 'The machines that run live streams.')],
  [
    /^\/v1\/(tokens|users|invitations|session|sessions|audit-log|signing-keys|secret-keys|keys|me)/,
    tag('Access', 'Who may do what, and who did what.'),
  ],
  [/^\/v1\/(webhooks|alerts|alert-rules)/, tag('Webhooks and alerts', 'What others are told of.')],
  [/^\/v1\/stream/, tag('Live updates', 'Changes as they happen, as Server-Sent Events.')],
  [/^\/v1\/(settings|export|import|backups?)/, tag('Install', 'What holds for the whole install.')],
  [
    /^\/(v1\/playback|live|embed|oembed|player)/,
    tag('For viewers', 'What anybody may ask: players, embeds and media.'),
  ],
  [/^\/worker\//, tag('Worker protocol', 'What workers say to control; it changes with them.')],
  [/^\/(healthz|readyz|metrics|\.well-known|openapi|docs)/, tag('Operations', 'Whether it runs, and what it is.')],
]
const pages = tag('Pages', 'For people with a browser.')

/** The chapter of an address. */
export const tagOf = (path: string): Tag => places.find(([pattern]) => pattern.test(path))?.[1] ?? pages

const read = ['Live streams', 'Inputs', 'Destinations', 'Playback ids', 'Broadcasts']

/** All chapters, in the order in which one reads them. */
export const tags: readonly Tag[] = [...places.map(([, each]) => each), pages].sort((a, b) => rank(a) - rank(b))

function rank({ name }: Tag): number {
  const index = read.indexOf(name)
  return index < 0 ? read.length : index
}

function tag(name: string, description: string): Tag {
  return { name, description }
}
