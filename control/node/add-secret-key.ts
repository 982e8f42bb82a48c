import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecretBox, newSecretKey } from '../secrets/secret-box.ts'
import { StartError } from './start-error.ts'

/**
 * Puts a new key on top of the file `secret-key` in the data folder: what is encrypted from the next start on is under it, and
 * the keys below still open what they encrypted. A crash leaves either the old file or the new one.
 */
export async function addSecretKey(folder: string): Promise<{ readonly file: string; readonly keys: number }> {
  const file = join(folder, 'secret-key')
  const present = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StartError(
      `Can't read ${file}. Start Weir once, so that it makes one, or set WEIR_DATA_DIR to its data folder. If you set WEIR_SECRET_KEY, put a new key before the old one there, with a comma between them.`,
      { cause },
    )
  })
  const text = `${newSecretKey()}\n${present.trim()}\n`
  const { keyIds } = await createSecretBox(text)
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await chmod(`${file}.new`, 0o600)
  await rename(`${file}.new`, file)
  return { file, keys: keyIds.length }
}
