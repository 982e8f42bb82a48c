import { createHash } from 'node:crypto'
import { glob, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buildWorker } from '../../scripts/build-worker.ts'

const root = join(import.meta.dirname, '../..')
const cache = join(root, '.cache/weir-worker')

/** The single binary, as `npm run build:worker` makes it: built once for each state of its sources (some seconds); the newest is kept. */
export async function workerBinary(): Promise<string> {
  const hash = createHash('sha256')
  const sources = await Array.fromAsync(
    glob(['{worker-node,schema}/**/*.ts', 'package.json', 'package-lock.json', 'scripts/build-worker.ts'], {
      cwd: root,
    }),
  )
  for (const file of sources.toSorted()) hash.update(file).update(await readFile(join(root, file)))
  const name = hash.digest('hex').slice(0, 16)
  const folder = join(cache, name)
  const binary = join(folder, 'weir-worker')
  if (await stat(binary).then(Boolean, () => false)) return binary
  await mkdir(cache, { recursive: true })
  // Another test may be building the same beside us.
  const others = (await readdir(cache)).filter((each) => each !== name)
  for (const old of others) await rm(join(cache, old), { recursive: true, force: true })
  return (await buildWorker(folder)).binary
}
