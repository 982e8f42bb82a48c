import { checks } from './checks.ts'
import { runSteps } from './run-steps.ts'

// `npm test`: every check there is. Arguments go to vitest: `npm test -- tests/worker-node/splice`.
const selection = process.argv.slice(2)
runSteps([...(selection.length > 0 ? [] : checks), { title: 'tests', command: ['vitest', 'run', ...selection] }])
