import { readDatabaseUrl } from '#control/db/database-url.ts'
import { openDatabase } from '#control/node/open-database.ts'

// A process that brings a database up to date, as control does when it starts, and says what came of it.
try {
  const begun = new Promise((resolve) => process.once('SIGUSR2', resolve))
  const alive = setInterval(() => {}, 1_000)
  process.stdout.write('there\n')
  await begun
  clearInterval(alive)
  const database = await openDatabase(readDatabaseUrl(process.argv[2] ?? ''))
  await database.close()
  process.stdout.write('done\n')
  process.exit(0)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(1)
}
