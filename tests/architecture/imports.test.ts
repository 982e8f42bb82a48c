import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const aliases: Record<string, string> = {
  '#schema/': 'schema/',
  '#control/': 'control/',
  '#worker/': 'worker-node/',
  '#player/': 'player/',
  '#tests/': 'tests/',
}

/** Which of our folders each folder may import; itself always. */
const arrows: Record<string, string[]> = {
  schema: [],
  control: ['schema'],
  'control/dashboard': ['schema'],
  'worker-node': ['schema'],
  player: ['schema'],
}

/** Stages of the data plane in the order in which media flows; each may know those listed. */
const stages: Record<string, string[]> = {
  media: [],
  rtmp: [],
  srt: [],
  splice: ['media'],
  package: ['media'],
  fanout: ['media', 'rtmp', 'srt', 'transcode'],
  transcode: ['media'],
  ingest: ['media', 'rtmp', 'srt', 'transcode'],
  session: ['media', 'splice', 'package', 'fanout', 'transcode', 'ingest'],
}

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

const files = globSync('{schema,control,worker-node,player}/**/*.ts', { cwd: root })
const imports: Import[] = files.flatMap((from) => {
  const source = readFileSync(join(root, from), 'utf8')
  const statements = source.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)
  const dynamic = source.matchAll(/\bimport\(()'([^']+)'\)/g)
  return [...statements, ...dynamic].flatMap(([, type, specifier = '']) => {
    const alias = Object.keys(aliases).find((prefix) => specifier.startsWith(prefix))
    if (alias) return [{ from, to: specifier.replace(alias, aliases[alias]!), typeOnly: Boolean(type) }]
    if (specifier.startsWith('.'))
      return [{ from, to: normalize(join(dirname(from), specifier)), typeOnly: Boolean(type) }]
    return []
  })
})

const folderOf = (path: string) => (path.startsWith('control/dashboard/') ? 'control/dashboard' : path.split('/')[0]!)
const stageOf = (path: string) => (path.startsWith('worker-node/') ? path.split('/')[1]! : '')

describe('architecture', () => {
  it('finds the sources and their imports', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(imports.length).toBeGreaterThan(300)
  })

  it('lets no folder import one that it may not know', () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      const [own, other] = [folderOf(from), folderOf(to)]
      // The dashboard calls the API with the types of its routes, and takes nothing else of control along.
      if (from === 'control/dashboard/client.ts' && to === 'control/app.ts') return !typeOnly
      return other !== own && !arrows[own]?.includes(other) && to !== 'package.json'
    })
    expect(wrong).toEqual([])
  })

  it('keeps the tables out of the worker, the player and the dashboard', () => {
    const wrong = imports.filter(
      ({ from, to }) => /^schema\/(tables|migrations)\//.test(to) && !/^(schema|control\/(?!dashboard))/.test(from),
    )
    expect(wrong).toEqual([])
  })

  it('lets the player take only types from the schema', () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) => folderOf(from) === 'player' && folderOf(to) === 'schema' && !typeOnly,
    )
    expect(wrong).toEqual([])
  })

  it('lets each stage of the data plane know only the stages before it', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [own, other] = [stageOf(from), stageOf(to)]
      return own in stages && other in stages && own !== other && !stages[own]!.includes(other)
    })
    expect(wrong).toEqual([])
  })

  it('has no import cycle', () => {
    const edges = Map.groupBy(
      imports.filter(({ typeOnly }) => !typeOnly),
      ({ from }) => from,
    )
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (path.includes(file) || done.has(file)) return
      for (const { to } of edges.get(file) ?? []) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })
})
