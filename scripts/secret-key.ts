import { addSecretKey } from '#control/node/add-secret-key.ts'
import { environmentValue, readEnvironment } from '#schema/environment.ts'

/** `npm run secret-key`: a new key for the secrets in the database, beside those that there are. */
try {
  const { file, keys } = await addSecretKey(environmentValue(readEnvironment(process.env), 'WEIR_DATA_DIR'))
  process.stdout.write(`A new key stands first of ${keys} in ${file}.
1. Start Weir again: from then on it encrypts with the new key and opens what any of them encrypted.
2. POST /v1/keys/reseal encrypts everything anew. Administration › Access does the same.
3. GET /v1/keys says when nothing is under an older key any more: then remove its line, and start Weir again.
`)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
