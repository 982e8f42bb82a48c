import { resolve } from 'node:path'
import { explainDatabase } from '../control/db/database-error.ts'
import { readSecretKey } from '../control/node/backup/backup.ts'
import { restore } from '../control/node/backup/restore.ts'
import { databasePlace } from '../control/node/open-database.ts'
import { environmentValue, readEnvironment } from '../schema/environment.ts'
import { makeFolder } from '../schema/node/make-folder.ts'
import { showProgress } from './progress-line.ts'

// `npm run restore -- <file>`: puts a backup in the place of the database, which is put aside. Weir must be stopped.
const say = (words: string) => process.stderr.write(`${words}\n`)

async function main([file, ...more]: readonly string[]): Promise<void> {
  if (file === undefined || file.startsWith('-') || more.length > 0) throw new Error('Use: npm run restore -- <file>')
  const environment = readEnvironment(process.env)
  const dataDir = resolve(environmentValue(environment, 'WEIR_DATA_DIR'))
  makeFolder(dataDir)
  const { rows, before, hasKey } = await restore({
    from: file,
    to: databasePlace(environment, resolve(dataDir, 'weir.db')),
    dataDir,
    onProgress: showProgress,
  })
  say(`\n${rows} rows are in place.`)
  if (before !== null) say(`What was there before is kept: ${before}`)
  if (hasKey) say('The secret key that lay beside the backup is in place too.')
  else if (!environment.WEIR_SECRET_KEY && (await readSecretKey(dataDir)) === undefined)
    say(`Now put the file secret-key of that time into ${dataDir}: without it stream keys and passwords can't be read.`)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  say(explainDatabase(error) ?? (error instanceof Error ? error.message : String(error)))
  process.exit(1)
}
