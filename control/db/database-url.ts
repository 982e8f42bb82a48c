import { EnvironmentError } from '#schema/environment.ts'

/** Where the database is. */
export type DatabasePlace =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'server'; readonly url: string; readonly token: string | undefined }

/**
 * Reads `WEIR_DATABASE_URL`: `file:/path` or `file:path` is an embedded file, `libsql://`, `https://` and `http://` are a
 * libSQL server (sqld, Turso). An {@link EnvironmentError} says what is wrong with any other.
 */
export function readDatabaseUrl(text: string, token?: string): DatabasePlace {
  if (/^file:/i.test(text)) {
    const file = decodeURIComponent(text.replace(/^file:(\/\/(localhost)?(?=\/))?/i, ''))
    if (file === '' || file.startsWith('//') || file.includes('?') || file === ':memory:')
      throw new EnvironmentError(`${name} names no file. Write file:/absolute/path/weir.db, and nothing behind it.`)
    return { kind: 'file', file }
  }
  if (/^wss?:/i.test(text))
    throw new EnvironmentError(`${name} is a WebSocket address. Use the same one with https:// (or http://) before it.`)
  const url = URL.parse(text)
  if (!url || !['libsql:', 'https:', 'http:'].includes(url.protocol) || url.hostname === '')
    throw new EnvironmentError(
      `${name} must begin with libsql://, https:// or http:// (a libSQL server) or with file: (a file on this machine).`,
    )
  if (url.username !== '' || url.password !== '' || url.searchParams.has('authToken'))
    throw new EnvironmentError(`${name} has a password or token in it. Put that into WEIR_DATABASE_TOKEN instead.`)
  return { kind: 'server', url: text, token }
}

const name = 'WEIR_DATABASE_URL'
