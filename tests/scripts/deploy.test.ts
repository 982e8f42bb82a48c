import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { unstable_readConfig as readWranglerConfig } from 'wrangler'
import { environmentVariables } from '#schema/environment-variables.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'scripts/deploy')
const names = await readdir(folder)
const known = new Set<string>(environmentVariables.map(({ name }) => name))
/** Stands for any of them. */
const itsOwn = new Set(['WEIR_NAME'])

it.each(names)('%s names only settings that there are', async (name) => {
  const text = await readFile(join(folder, name), 'utf8')
  const unknown = [...text.matchAll(/\bWEIR_[A-Z_]+\b/g)]
    .map(([found]) => found)
    .filter((each) => !known.has(each) && !itsOwn.has(each))
  expect(unknown).toEqual([])
})

it('the container files copy what is there', async () => {
  for (const name of names.filter((each) => each.endsWith('.Dockerfile'))) {
    const text = await readFile(join(folder, name), 'utf8')
    const fromTree = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) => paths!.split(' '))
    const fromBuild = [...text.matchAll(/^COPY --from=build \/opt\/weir\/(\S+) /gm)].map(([, path]) => path!)
    const started = [...text.matchAll(/node (scripts\/\S+\.ts)/g)].map(([, path]) => path!)
    const paths = [...fromTree, ...fromBuild, ...started].filter(
      (path) => !path.startsWith('dist/') && path !== 'node_modules',
    )
    expect(paths.length).toBeGreaterThan(2)
    for (const path of paths) expect(await stat(join(root, path)).then(() => path), name).toBe(path)
  }
})

it('a page may look on at the edge for more than a day, and no address with a token is logged there', () => {
  const { limits, observability } = readWranglerConfig({ config: join(root, 'wrangler.toml') })
  // It asks the database once a second, and twice where something has changed.
  expect(limits?.subrequests).toBeGreaterThan(2 * 86_400)
  expect(observability?.logs).toEqual({ enabled: true, invocation_logs: false })
})

it('whoever runs control may read the pages, though somebody else built them', async () => {
  const usual = await mkdtemp(join(tmpdir(), 'weir-mode-')).then(async (folder) => {
    await mkdir(join(folder, 'usual'))
    const { mode } = await stat(join(folder, 'usual'))
    await rm(folder, { recursive: true })
    return mode
  })
  expect((await stat(join(root, 'dist/web'))).mode).toBe(usual)
})

it('README has each setting with its default', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| (`WEIR_.+?) \| (.+?) \|/gm)].flatMap(([, first, usual]) =>
    [...first!.matchAll(/WEIR_[A-Z_]+/g)].map(([name]) => [name, usual] as const),
  )
  expect(rows.map(([name]) => name).sort()).toEqual([...known].sort())
  const told = new Map<string, string | undefined>(rows)
  for (const { name, default: usual } of environmentVariables)
    if (usual !== null) expect(told.get(name), name).toBe(`\`${usual}\``)
    else expect(told.get(name), name).not.toContain('`')
})
