import type { ValidateFunction } from 'ajv'
import type { OpenApiDocument } from '#control/openapi/document.ts'

/** Thrown where an answer is not what `/openapi.json` says. */
export class UndocumentedAnswer extends Error {
  override readonly name = 'UndocumentedAnswer'
}

interface Contract {
  readonly document: OpenApiDocument
  validatorAt(pointer: string): ValidateFunction
}

// All control planes of one process run the same code: the document is read once, its schemas are compiled when needed.
let contract: Promise<Contract> | undefined

/** Of control planes that run now: what tests fetch there is checked. */
const origins = new Set<string>()
const plainFetch = globalThis.fetch

/** Checks each answer of this control plane that anything in this process fetches; gives how to end that. */
export function checkAnswersOf(url: string): () => void {
  globalThis.fetch = checkedFetch
  const { origin } = new URL(url)
  origins.add(origin)
  return () => origins.delete(origin)
}

async function checkedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const answer = await plainFetch(input, init)
  const { url, method } = input instanceof Request ? input : { url: String(input), method: 'GET' }
  const origin = URL.parse(url)?.origin ?? ''
  const asked = (init?.method ?? method).toUpperCase()
  // What other methods answer has no body, or is no route's.
  const isChecked = origins.has(origin) && asked !== 'OPTIONS' && asked !== 'HEAD'
  return isChecked ? documented(origin, asked, url, answer) : answer
}

/**
 * Answers `response`, once it is as the API's own document says: a status that is listed for this route, of a type that is
 * listed for it, with a body that fits the schema. What is not of the API (pages, media) is left alone.
 */
export async function documented(url: string, method: string, path: string, response: Response): Promise<Response> {
  const { pathname } = new URL(path, url)
  const type = response.headers.get('content-type')?.split(';')[0] ?? ''
  if (!/^\/(v1|worker\/v1)\//.test(pathname) || (type !== '' && !/^application\/(.+\+)?json$/.test(type)))
    return response
  contract ??= readContract(url)
  const { document, validatorAt } = await contract
  const name = `${method} ${pathname}: ${response.status} ${type}`
  const template = templateOf(document, pathname, method.toLowerCase())
  // Only a refusal may be undocumented: no route took the request, or who asks may not know whether one would.
  if (template === undefined) {
    if (response.status >= 400 && response.status < 500 && type === 'application/problem+json') return response
    throw new UndocumentedAnswer(`${name}: /openapi.json has no such route.`)
  }
  const { responses = {} } = document.paths[template]?.[method.toLowerCase()] ?? {}
  const status = [String(response.status), 'default'].find((each) => each in responses)
  if (status === undefined || (status === 'default' && response.ok))
    throw new UndocumentedAnswer(`${name}: the status is not documented.`)
  if (type === '' || response.status === 204 || response.status === 304) return response
  const pointer = ['paths', template, method.toLowerCase(), 'responses', status]
  const own = responses[status]?.$ref?.slice(2).split('/') ?? pointer
  const validate = validatorAt(pointerTo([...own, 'content', type, 'schema']))
  const body: unknown = await response.clone().json()
  if (!validate(body))
    throw new UndocumentedAnswer(`${name} is not as documented: ${JSON.stringify(validate.errors?.slice(0, 3))}`)
  return response
}

async function readContract(url: string): Promise<Contract> {
  const [{ Ajv2020 }, document] = await Promise.all([
    import('ajv/dist/2020.js'),
    fetch(`${url}/openapi.json`).then((answer) => answer.json() as Promise<OpenApiDocument>),
  ])
  const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false })
  ajv.addSchema(document, 'openapi')
  return {
    document,
    validatorAt(pointer) {
      const validate = ajv.getSchema(`openapi#${pointer}`)
      if (!validate) throw new UndocumentedAnswer(`/openapi.json has nothing at ${pointer}.`)
      return validate
    },
  }
}

/** The address as the document has it; what is written out goes before what is in braces. */
function templateOf({ paths }: OpenApiDocument, pathname: string, method: string): string | undefined {
  return Object.keys(paths)
    .filter((path) => paths[path]?.[method] && patternOf(path).test(pathname))
    .sort((a, b) => a.split('{').length - b.split('{').length)[0]
}

const patterns = new Map<string, RegExp>()
function patternOf(path: string): RegExp {
  const known = patterns.get(path)
  if (known) return known
  const written = path
    .split(/(\{\w+\})/)
    .map((part) =>
      part === '{path}' ? '.*' : part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'),
    )
  const pattern = new RegExp(`^${written.join('')}$`)
  patterns.set(path, pattern)
  return pattern
}

/** A JSON pointer in a URI fragment (RFC 6901 §6). */
const pointerTo = (keys: readonly string[]) =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
