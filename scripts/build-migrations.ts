import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * Writes the migrations that the tables need now (drizzle-kit), and all of them as one module without a file system,
 * so that the same migrations run on Node and on edge runtimes. Migrations only go forward: edit none that was released.
 */
const folder = 'schema/migrations'

execFileSync(
  'drizzle-kit',
  ['generate', '--dialect', 'sqlite', '--schema', './schema/tables/*.ts', '--out', folder, ...process.argv.slice(2)],
  { stdio: 'inherit' },
)

const migrations = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => ({
    tag: name.slice(0, -'.sql'.length),
    statements: readFileSync(`${folder}/${name}`, 'utf8')
      .split('--> statement-breakpoint')
      .map((statement) => statement.trim()),
  }))

writeFileSync(
  `${folder}/migrations.gen.ts`,
  `// Made by scripts/build-migrations.ts from the .sql files beside it.
export const migrations: readonly { readonly tag: string; readonly statements: readonly string[] }[] = ${JSON.stringify(migrations, null, 2)}
`,
)
