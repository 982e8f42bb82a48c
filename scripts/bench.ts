import { globSync } from 'node:fs'
import { join } from 'node:path'
import { machine } from '../tests/bench/table.ts'
import { runSteps } from './run-steps.ts'

// `npm run bench`: every figure that Weir claims, as tables. `npm run bench -- latency --seconds 30` runs one, shorter.
const root = join(import.meta.dirname, '..')
const [name, ...rest] = process.argv.slice(2)
const named = name && !name.startsWith('--') ? name : undefined
const files = globSync(`tests/bench/${named ?? '*'}.bench.ts`, { cwd: root }).sort()
if (files.length === 0) {
  process.stderr.write(
    `There is no bench "${name}". There are: ${globSync('tests/bench/*.bench.ts', { cwd: root }).join(', ')}\n`,
  )
  process.exit(1)
}
process.stdout.write(`${machine()}\n`)
const flags = named ? rest : process.argv.slice(2)
runSteps(files.map((file) => ({ title: file, command: ['node', file, ...flags] })))
