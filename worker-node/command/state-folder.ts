import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The data folder is not to be had; the message is one line that says what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

/** What holds the locks of this process, by folder. */
const locks = new Map<string, DatabaseSync>()
/** SQLITE_BUSY */
const busy = 5

/**
 * The folder in which a worker keeps who it is, made where it is missing (mode 0700), and this process's own from now on: two
 * workers with one identity would take each other's streams away. The system lets go of the lock when the process ends, however
 * that happens, so none is ever left behind. Throws a {@link DataFolderError}.
 */
export async function ownStateFolder(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'worker')
  if (locks.has(folder)) return folder
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    locks.set(folder, lock(join(folder, 'lock')))
    return folder
  } catch (cause) {
    throw new DataFolderError(whyNot(dataDir, cause as Failure), { cause })
  }
}

/** SQLite's own lock, because Node has none; nothing is ever written into the file, so that a full disk is no obstacle. */
function lock(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

type Failure = Error & { readonly errcode?: number }

function whyNot(dataDir: string, { errcode }: Failure): string {
  if (errcode === busy)
    return `Another worker is at work with the data folder ${dataDir}. Stop that one, or give this one a folder of its own with --data-dir or WEIR_DATA_DIR.`
  return `The data folder ${dataDir} can't be written. Give this user the right to it, or name another folder with --data-dir or WEIR_DATA_DIR.`
}
