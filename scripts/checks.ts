import type { Step } from './run-steps.ts'

/** Folders with types of their own, so that Workers, Node and browser globals never mix. */
const typed = [
  'schema',
  'schema/node',
  'control',
  'control/tsconfig.edge.json',
  'control/node',
  'control/dashboard',
  'worker-node',
  'player',
  'scripts',
  'tests',
]

/** Everything that is checked without running the product. */
export const checks: readonly Step[] = [
  { title: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  ...typed.map((project) => ({ title: `types: ${project}`, command: ['tsc', '-p', project] })),
]
