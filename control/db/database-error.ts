/**
 * Why a database does not do what it is asked: `unauthorized`, `unreachable`, `timeout`, `not_libsql`, `read_only`,
 * `newer`, or what the server calls it.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly code: string | undefined
  constructor(message: string, code?: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What happened and what to do, where it is known; never an address or a token. */
export function explainDatabase(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : ''
    const known = words[code] ?? (isReadOnly(cause) ? words.read_only : undefined)
    if (known !== undefined) return code === 'newer' ? cause.message : known
  }
  return undefined
}

export const isReadOnly = ({ message }: Error): boolean =>
  /SQLITE_READONLY|read-?only database|writes? (are|is|operations? .*) (blocked|forbidden)|not allowed to write/i.test(
    message,
  )

const words: Readonly<Record<string, string>> = {
  unauthorized:
    'The database refuses the token. Put a token that may read and write into WEIR_DATABASE_TOKEN; it may have expired.',
  unreachable:
    'The database can not be reached. Check the address in WEIR_DATABASE_URL, and that the server runs and lets this machine in.',
  timeout: 'The database does not answer in time. Check that its server is well, and the way to it.',
  not_libsql:
    'What answers at WEIR_DATABASE_URL is no libSQL server. Check the address: it is the one of sqld or Turso itself, without a path.',
  read_only:
    'The database may only be read. Use a token (or a server, or a file) that may be written to: a replica or a read-only token will not do.',
  SQLITE_READONLY:
    'The database may only be read. Use a token (or a server, or a file) that may be written to: a replica or a read-only token will not do.',
  newer: '',
}
