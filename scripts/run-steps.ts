import { spawnSync } from 'node:child_process'

/** A named command line, run from the root of the repo. */
export interface Step {
  readonly title: string
  readonly command: readonly string[]
}

/** Runs the steps one after the other, and leaves with the first that fails. */
export function runSteps(steps: readonly Step[]): void {
  for (const { title, command } of steps) {
    const startedMs = performance.now()
    process.stdout.write(`\n▸ ${title}\n`)
    const [program = '', ...args] = command
    const { status, error } = spawnSync(program, args, { stdio: 'inherit', cwd: `${import.meta.dirname}/..` })
    if (error) process.stderr.write(`${error.message}\n`)
    if (status !== 0) process.exit(status ?? 1)
    process.stdout.write(`  ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
  }
}
