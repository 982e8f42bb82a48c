import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { problemCodes } from '#schema/problem.ts'

const root = join(import.meta.dirname, '../..')
const read = (pattern: string, exclude: string[] = []) =>
  globSync(pattern, { cwd: root, exclude })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
const control = read('control/**/*.ts', ['control/dashboard/**'])
/** Answers publishers by itself, in the same words. */
const whip = read('worker-node/ingest/whip/*.ts')

it.each(Object.keys(problemCodes))('somebody answers with the problem %s: the table names only what exists', (code) => {
  const isAnswered = new RegExp(`ApiError\\(\\s*'${code}'`).test(control) || whip.includes(`'${code}'`)
  expect(isAnswered).toBe(true)
})
