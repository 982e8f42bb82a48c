import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '#schema/node/make-folder.ts'
import { newToken } from '../access/tokens.ts'
import { newSecretKey } from '../secrets/secret-box.ts'
import { StartError } from './start-error.ts'

/** The folder with the database, the keys and the tokens; only its owner reads it. */
export interface DataFolder {
  readonly databaseFile: string
  /** The key that encrypts secrets in the database; made at the first start. */
  secretKey(): Promise<string>
  /** The admin token; `isNew` at the first start. */
  adminToken(): Promise<{ token: string; isNew: boolean }>
  /** The join token that waits for the local worker, if there is one. */
  readJoinToken(): Promise<string | undefined>
  writeJoinToken(token: string): Promise<void>
  removeJoinToken(): Promise<void>
}

/** Makes a folder where it is missing, and checks that we may write to it; `variable` names another. */
export async function writableFolder(folder: string, what: string, variable: string): Promise<void> {
  try {
    makeFolder(folder)
    const probe = join(folder, `.write-test-${process.pid}`)
    await writeFile(probe, '')
    await rm(probe)
  } catch (cause) {
    throw new StartError(
      `Can't write to the ${what} ${folder}. Make it writable for this user, or set ${variable} to another folder.`,
      { cause },
    )
  }
}

/** Makes the data folder where it is missing, and checks that we may write to it. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  await writableFolder(folder, 'data folder', 'WEIR_DATA_DIR')
  const file = (name: string) => join(folder, name)
  return {
    databaseFile: file('weir.db'),
    async secretKey() {
      return (await readOrMake(file('secret-key'), newSecretKey)).text
    },
    async adminToken() {
      const { text, isNew } = await readOrMake(file('admin-token'), () => newToken('admin'))
      return { token: text, isNew }
    },
    readJoinToken: () => read(file('join-token')),
    async writeJoinToken(token) {
      await writeFile(file('join-token'), `${token}\n`, { mode: 0o600 })
      await chmod(file('join-token'), 0o600)
    },
    removeJoinToken: () => rm(file('join-token'), { force: true }),
  }
}

async function read(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new StartError(`Can't read ${file}. Make it readable for this user.`, { cause })
  })
  return text?.trim() || undefined
}

/** The content of a private file; made if it is missing, and never over one that somebody else just made. */
async function readOrMake(file: string, make: () => string): Promise<{ text: string; isNew: boolean }> {
  const known = await read(file)
  if (known !== undefined) return { text: known, isNew: false }
  const text = make()
  try {
    await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx' })
    return { text, isNew: true }
  } catch (cause) {
    const other = await read(file)
    if (other !== undefined) return { text: other, isNew: false }
    throw new StartError(`${file} is empty. Delete it and start again.`, { cause })
  }
}
