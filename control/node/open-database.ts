import { type Environment, EnvironmentError } from '#schema/environment.ts'
import type { Executor } from '../db/database.ts'
import { explainDatabase } from '../db/database-error.ts'
import { type DatabasePlace, readDatabaseUrl } from '../db/database-url.ts'
import { httpExecutor } from '../db/http-executor.ts'
import { migrate } from '../db/migrate.ts'
import { openEmbedded } from './embedded-executor.ts'
import { StartError } from './start-error.ts'

export interface OpenDatabase {
  readonly execute: Executor
  /** Ends what is in flight. */
  close(): Promise<void>
}

/** Where this install has its database: what `WEIR_DATABASE_URL` says, else the file of the data folder. */
export function databasePlace(environment: Environment, usualFile: string): DatabasePlace {
  const url = environment.WEIR_DATABASE_URL
  return url === undefined ? { kind: 'file', file: usualFile } : readDatabaseUrl(url, environment.WEIR_DATABASE_TOKEN)
}

/** Opens the database and brings it up to date. Throws a {@link StartError} that says what to do. */
export async function openDatabase(place: DatabasePlace): Promise<OpenDatabase> {
  try {
    const database = await openUnchanged(place)
    try {
      await migrate(database.execute)
    } catch (error) {
      await database.close()
      throw error
    }
    return database
  } catch (cause) {
    if (cause instanceof EnvironmentError) throw cause
    throw new StartError(explainDatabase(cause) ?? wordsFor(place, cause), { cause })
  }
}

/** Opens it as it is. */
export async function openUnchanged(place: DatabasePlace): Promise<OpenDatabase> {
  if (place.kind === 'file') return openEmbedded(place.file)
  const closing = new AbortController()
  const execute = httpExecutor({ url: place.url, token: place.token, signal: closing.signal })
  return { execute, close: async () => closing.abort() }
}

function wordsFor(place: DatabasePlace, cause: unknown): string {
  if (place.kind === 'server')
    return 'The database at WEIR_DATABASE_URL does not take our requests. Check the address and WEIR_DATABASE_TOKEN.'
  const { code } = cause as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'EACCES' || code === 'EROFS'
    ? `The file ${place.file} can't be made or written. Make its folder, let this user write there, or name another file.`
    : `The database ${place.file} can't be used: it is damaged, locked or from another program. Put a backup in its place (npm run restore), or move it away to start empty.`
}
