import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const folder = join(import.meta.dirname, '../schema')

/** The doc comments of all contracts: by contract, then by schema and the path to the field in it. */
export function contractWords(): Record<string, Record<string, string>> {
  const files = [
    ...readdirSync(join(folder, 'contracts'))
      .sort()
      .map((name) => join(folder, 'contracts', name)),
    join(folder, 'problem.ts'),
  ]
  return Object.fromEntries(
    files
      .map((file) => [basename(file, '.ts'), fieldWordsOf(readFileSync(file, 'utf8'))] as const)
      .filter(([, found]) => Object.keys(found).length > 0),
  )
}

const declaration = /^(?:export )?const (\w+) = /
const field = /^(\s+)(\w+)(?:: .*|,)$/

/**
 * What the doc comments in `source` say: of `export const token = v.strictObject({ … })` under `token`, of its fields under
 * `token.expires_at`, of theirs under `token.owner.name`. Goes by lines and their indentation, which is always Biome's.
 */
export function fieldWordsOf(source: string): Record<string, string> {
  const words: Record<string, string> = {}
  let comment: string[] | undefined
  let isOpen = false
  let within: { readonly indent: number; readonly name: string }[] = []
  for (const line of source.split('\n')) {
    if (isOpen || line.trimStart().startsWith('/**')) {
      comment = [...(isOpen ? (comment ?? []) : []), line]
      isOpen = !line.trimEnd().endsWith('*/')
      continue
    }
    const [, name] = declaration.exec(line) ?? []
    const [, space = '', inside] = field.exec(line) ?? []
    if (name !== undefined) within = [{ indent: -1, name }]
    else if (inside !== undefined) {
      within = within.filter(({ indent }) => indent < space.length)
      if (within.length > 0) within.push({ indent: space.length, name: inside })
    }
    if (comment && (name !== undefined || inside !== undefined) && within.length > 0)
      words[within.map((each) => each.name).join('.')] = textOf(comment)
    comment = undefined
  }
  return words
}

const textOf = (lines: readonly string[]): string =>
  lines
    .map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*)?\s?/, '').replace(/\*\/\s*$/, ''))
    .map((line) => line.trim())
    .filter(Boolean)
    .join(' ')
    .replace(/\{@link (\w+)\}/g, '`$1`')
