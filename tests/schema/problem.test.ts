import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { problemCodes } from '#schema/problem.ts'

const control = join(import.meta.dirname, '../../control')
const sources = globSync('**/*.ts', { cwd: control, exclude: ['dashboard/**'] })
  .map((file) => readFileSync(join(control, file), 'utf8'))
  .join('\n')

it.each(Object.keys(problemCodes))('control answers with the problem %s: the table names only what exists', (code) => {
  expect(sources).toMatch(new RegExp(`ApiError\\(\\s*'${code}'`))
})
