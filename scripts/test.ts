import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stop } from 'esbuild'
import { buildWeb } from './build-web.ts'
import { checks } from './checks.ts'
import { runStep, runSteps } from './run-steps.ts'

/** More failed files than this are no accident of a busy machine. */
const mostRepeated = 4

// `npm test`: every check there is. Arguments go to vitest: `npm test -- tests/worker-node/splice`.
const selection = process.argv.slice(2)
if (selection.length > 0) runSteps([{ title: 'tests', command: ['vitest', 'run', ...selection] }])
else {
  runSteps(checks)
  // Once, before tests that begin at the same time would each do it.
  await buildWeb()
  await stop()
  process.exit(testAll())
}

/**
 * Runs all tests, several files at a time. Many measure time, and a machine that others share may stand still for a second: the
 * few files that failed run once more, alone, and must pass then. Gives the exit status.
 */
function testAll(): number {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-report-'))
  try {
    const report = join(folder, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const status = runStep({ title: 'tests', command: ['vitest', 'run', ...reporters] })
    const failed = status === 0 ? [] : failedFiles(report)
    if (failed.length === 0 || failed.length > mostRepeated) return status
    return runStep({
      title: `test files that failed, once more and alone: ${failed.length}`,
      command: ['vitest', 'run', '--maxWorkers=1', ...failed],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function failedFiles(report: string): string[] {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { name: string; status: string }[]
  }
  return testResults.filter(({ status }) => status !== 'passed').map(({ name }) => name)
}
