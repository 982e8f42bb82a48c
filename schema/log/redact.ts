/** What stands where a secret was. */
export const hidden = '•••'

/** A text is cut here, characters. */
const textMax = 8_000
/** Of a list so many members, of an object so many levels. */
const membersMax = 50
const depthMax = 5
/** A value that is known to be secret is only looked for where it is long enough not to be an everyday word. */
const knownMin = 4

const names =
  'pass(?:phrase|word|wd)?|pwd|stream[_ -]?(?:id|key|name)|play[_ -]?path|(?:[a-z]+[_-])?token|(?:[a-z]+[_-])?secret|' +
  'api[_-]?key|(?:proxy-)?authorization|(?:set-)?cookie|signature|credentials?|private[_-]?jwk|tc[_ -]?url'

/** Shapes by which a secret is known wherever it stands; what they put in its place. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  // Drizzle tells a failed statement's parameters, up to its stack.
  [/\bparams: [\s\S]*?(?=\n[ \t]+at |$)/g, `params: ${hidden}`],
  [/\b(bearer|basic|oauth)\s+[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  // A name, then its value: up to the next parameter, the end of its quotes or of the line.
  [new RegExp(`\\b(${names})(["']?\\s*[=:]\\s*)("[^"\\n]*"|'[^'\\n]*'|[^\\n'"&,}]+)`, 'gi'), `$1$2${hidden}`],
  // JWS and JWE, compact; what control seals for its database.
  [/\beyJ[\w-]{10,600}(?:\.[\w-]*){1,4}/g, hidden],
  [/\bv\d\.[\w-]{8}\.[\w-]{16}\.[\w-]+/g, hidden],
  // Stream keys of platforms, webhook secrets.
  [/\b(?:whsec|live|sk|rtmp)_[\w+/=-]{10,}/g, hidden],
  [/\bFB-\d{6,}-[\w-]+/g, hidden],
  [/\b[a-z0-9]{4}(?:-[a-z0-9]{4}){3,5}\b/g, hidden],
  // Weir's own keys and tokens: 32 characters; hexadecimal ones are digests.
  [/(?<![0-9A-Za-z])(?![0-9a-f]{32}(?![0-9A-Za-z]))[0-9A-Za-z]{32}(?![0-9A-Za-z])/g, hidden],
]

/**
 * What moves a terminal's cursor, colours it or turns its text around: a name that a stranger chose stands in many lines. Tabs
 * and line feeds stay.
 */
const terminalControls = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu

const secretName = new RegExp(
  `^(?:${names}|params|sealed.*|.*[_-]?sealed|streamKey|srtPassphrase|.*(?:Token|Secret|Password|Passphrase))$`,
  'i',
)

/**
 * A text that may be logged: of an address only scheme and host are left, and nothing of what looks like a password, a
 * token or a key, or orders a terminal about. `known` are values that are secret whatever they look like.
 */
export function redactText(text: string, known: readonly string[] = []): string {
  let safe = text.length > textMax ? `${text.slice(0, textMax)}…` : text
  for (const secret of known) if (secret.length >= knownMin) safe = safe.replaceAll(secret, hidden)
  // A line of a stack: where in our own code.
  safe = safe.replace(/\bfile:\/\/(\/[\w./@-]+\.[cm]?[jt]s:\d+:\d+)/g, '$1')
  safe = safe.replace(
    /\b([a-z][a-z0-9+.-]{1,20}):\/\/([^\s'"<>|]*)/gi,
    (_, scheme: string, rest: string) => `${scheme}://${shownHost(rest)}`,
  )
  for (const [pattern, instead] of shapes) safe = safe.replace(pattern, instead)
  return safe.replace(terminalControls, '\ufffd')
}

/** Fields that may be logged: what is named like a secret is hidden, texts are as {@link redactText} leaves them. */
export function redactFields(fields: object, known: readonly string[] = []): Record<string, unknown> {
  return redactObject(fields, known, 0)
}

function redactObject(object: object, known: readonly string[], depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object).slice(0, membersMax)) {
    if (value === undefined || typeof value === 'function') continue
    safe[name] = secretName.test(name) && value !== null ? hidden : redactValue(value, known, depth + 1)
  }
  return safe
}

function redactValue(value: unknown, known: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return redactText(value, known)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value
  if (depth > depthMax) return '…'
  if (value instanceof Error) return redactError(value, known, depth)
  if (value instanceof URL) return redactText(value.href, known)
  if (Array.isArray(value)) return value.slice(0, membersMax).map((member) => redactValue(member, known, depth + 1))
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  return redactObject(value, known, depth)
}

/** An error's words, place and cause. Not what a schema found wrong with a value: that holds the value. */
function redactError(error: Error, known: readonly string[], depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined
  return {
    type: name,
    message: redactText(message, known),
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack: redactText(stack, known) }),
    ...(cause !== undefined && { cause: redactValue(cause, known, depth + 1) }),
  }
}

/** Host and port of what follows `scheme://`; where it is not plain which part that is, nothing. */
function shownHost(rest: string): string {
  const [authority = ''] = rest.split(/[/?#]/, 1)
  const beyond = rest.slice(authority.length)
  if (beyond.includes('@')) return hidden
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const tail = beyond === '' ? '' : /^\/?[.,;:)\]]*$/.test(beyond) ? beyond : `/${hidden}`
  const plain = /^(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?[.,;:)\]]*$/i.test(host)
  return plain ? `${host}${tail}` : hidden
}
