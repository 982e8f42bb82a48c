import type { Runtime } from '../runtime.ts'
import { SecretUnreadable } from './secret-box.ts'

/**
 * What to tell whoever starts control with another secret key than the database was written with; undefined: it is the right one.
 * Reads (or makes) the signing key for it. To be asked before anything is written.
 */
export async function wrongSecretKey({ signingKeys }: Pick<Runtime, 'signingKeys'>): Promise<string | undefined> {
  try {
    await signingKeys.current()
    return undefined
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error
    return 'The database was written with another secret key. Put the file secret-key (or WEIR_SECRET_KEY) of that time back.'
  }
}
