import { checks } from './checks.ts'
import { runSteps } from './run-steps.ts'

// `npm run check`: format, lint and types, in seconds.
runSteps(checks)
