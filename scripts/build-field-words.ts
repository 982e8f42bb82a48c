import { writeFileSync } from 'node:fs'
import { contractWords } from './field-words.ts'

// `npm run words`: /openapi.json says what the contracts' doc comments say, and comments are gone while a program runs.
writeFileSync(
  'schema/field-words.gen.ts',
  `// Made by scripts/build-field-words.ts from the doc comments of the contracts (npm run words).
/** By contract, then by schema and the path to the field in it. */
export const fieldWords: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(contractWords(), null, 2)}
`,
)
