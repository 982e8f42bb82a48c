import { spawnSync } from 'node:child_process'

/** A named command line, run from the root of the repo. */
export interface Step {
  readonly title: string
  readonly command: readonly string[]
}

/** Runs the steps one after the other, and leaves with the first that fails. */
export function runSteps(steps: readonly Step[]): void {
  for (const step of steps) {
    const status = runStep(step)
    if (status !== 0) process.exit(status)
  }
}

/** Runs one step to its end and gives its exit status. */
export function runStep({ title, command }: Step): number {
  const startedMs = performance.now()
  process.stdout.write(`\n▸ ${title}\n`)
  const [program = '', ...args] = command
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', cwd: `${import.meta.dirname}/..` })
  if (error) process.stderr.write(`${error.message}\n`)
  if (status === 0) process.stdout.write(`  ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
  return status ?? 1
}
