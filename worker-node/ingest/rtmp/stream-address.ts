import type { Amf0Object, Amf0Value } from '../../rtmp/amf0.ts'

/** The one application name that publishers use: `rtmp://host/live`. */
export const application = 'live'
const maxKeyLength = 256

/**
 * The path of a `connect` command below the application: '' for `rtmp://host/live`, 'abc' for encoders that take
 * `rtmp://host/live/abc` as a whole for the server. Undefined when the application is not ours.
 */
export function pathBelowApplication(connect: Amf0Object): string | undefined {
  const app = pathSegments(connect.app)
  const path = app.length > 0 ? app : pathSegments(pathOfUrl(connect.tcUrl))
  if (path[0] !== application) return
  const below = path.length > 1 ? path.slice(1) : pathSegments(pathOfUrl(connect.tcUrl)).slice(1)
  return below.join('/')
}

/** The stream key: the name in `publish` without its query, or else what stood below the application. Undefined: none, or unfit. */
export function streamKeyOf(publishName: Amf0Value, belowApplication: string): string | undefined {
  const key = pathSegments(publishName).join('/') || belowApplication
  return key.length <= maxKeyLength && /^[\x21-\x7e]+$/.test(key) ? key : undefined
}

/** The input that the encoder asks for, `key?input=in_…`; null: any. */
export function inputIdOf(publishName: Amf0Value): string | null {
  if (typeof publishName !== 'string' || publishName.length > 2_048) return null
  const query = publishName.slice(publishName.indexOf('?') + 1)
  const id = query === publishName ? null : new URLSearchParams(query).get('input')
  return id !== null && /^[\w-]{1,64}$/.test(id) ? id : null
}

function pathOfUrl(url: Amf0Value): string {
  if (typeof url !== 'string') return ''
  return url.replace(/^[a-z]+:\/\/[^/]*/i, '')
}

function pathSegments(path: Amf0Value): string[] {
  if (typeof path !== 'string' || path.length > 2_048) return []
  const [beforeQuery = ''] = path.split('?', 1)
  return beforeQuery.split('/').filter((segment) => segment !== '')
}
