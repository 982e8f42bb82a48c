import { resolve } from 'node:path'
import { explainDatabase } from '../control/db/database-error.ts'
import { backUp, readSecretKey } from '../control/node/backup/backup.ts'
import { databasePlace } from '../control/node/open-database.ts'
import { environmentValue, readEnvironment } from '../schema/environment.ts'
import { describeSize, showProgress } from './progress-line.ts'

// `npm run backup -- <file> [--with-keys]`: the whole database into one file, while Weir runs.
const say = (words: string) => process.stderr.write(`${words}\n`)
const usage = 'Use: npm run backup -- <file> [--with-keys]'

async function main(args: readonly string[]): Promise<void> {
  const [file, ...more] = args.filter((arg) => arg !== '--with-keys')
  if (file === undefined || file.startsWith('-') || more.length > 0) throw new Error(usage)
  const withKeys = args.includes('--with-keys')
  const environment = readEnvironment(process.env)
  const dataDir = resolve(environmentValue(environment, 'WEIR_DATA_DIR'))
  const secretKey = environment.WEIR_SECRET_KEY ?? (await readSecretKey(dataDir))
  if (withKeys && secretKey === undefined)
    throw new Error(`There is no secret key in ${dataDir}; leave out --with-keys.`)
  const made = await backUp({
    from: databasePlace(environment, resolve(dataDir, 'weir.db')),
    to: file,
    onProgress: showProgress,
    ...(withKeys && { secretKey }),
  })
  say(
    `\n${made.file}: ${describeSize(made.sizeBytes)}, ${made.rows} rows, checked, in ${(made.tookMs / 1_000).toFixed(1)} s.`,
  )
  say(
    withKeys
      ? `${made.file}.secret-key holds the secret key: with both, anybody can read every stream key. Keep them apart.`
      : 'The secret key is NOT in it. Without the key nobody can read the stream keys and passwords in this backup, and neither\ncan you: keep the file secret-key of the data folder (or WEIR_SECRET_KEY) in another safe place, or use --with-keys.',
  )
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  say(explainDatabase(error) ?? (error instanceof Error ? error.message : String(error)))
  process.exit(1)
}
