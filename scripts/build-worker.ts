import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
/** The oldest Node that runs the script; the binary brings its own. */
const oldestNode = 24

/** What was built. */
export interface BuiltWorker {
  /** Starts the worker, all of which is in the bundle beside it, with a Node that is there. */
  readonly script: string
  /** The script and Node in one program, for this machine's kind of system. */
  readonly binary: string
}

/**
 * Builds into a folder: `weir-worker`, one file, beside which a host needs FFmpeg and nothing else (Node's single executable
 * application); and the same as a package for npm and npx, of which only `weir-worker.mjs` and its bundle are part.
 */
export async function buildWorker(folder = path.join(root, 'dist')): Promise<BuiltWorker> {
  await mkdir(folder, { recursive: true })
  // Built beside and then swapped in: a worker that starts meanwhile always has whole files.
  const work = await mkdtemp(path.join(folder, 'worker-'))
  try {
    const script = path.join(work, bundleName)
    await build({
      absWorkingDir: root,
      entryPoints: ['worker-node/main.ts'],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: `node${oldestNode}`,
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      logLevel: 'warning',
      banner: { js: banner },
    })
    const starter = path.join(work, 'weir-worker.mjs')
    await writeFile(starter, starterText, { mode: 0o755 })
    const built = await makeBinary(work)
    const name = process.platform === 'win32' ? 'weir-worker.exe' : 'weir-worker'
    const final = { script: path.join(folder, 'weir-worker.mjs'), binary: path.join(folder, name) }
    await rename(script, path.join(folder, bundleName))
    await rename(starter, final.script)
    await rename(built, final.binary)
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(await packageOfWorker(), null, 2))
    return final
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const bundleName = 'weir-worker.bundle.mjs'

/** It depends on nothing: all is in the bundle. */
async function packageOfWorker(): Promise<object> {
  const { version, license } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >
  return {
    ...{ name: 'weir-worker', version, license, type: 'module', engines: { node: `>=${oldestNode}` } },
    ...{ bin: { 'weir-worker': 'weir-worker.mjs' }, files: ['weir-worker.mjs', bundleName] },
  }
}

/** Packages of CommonJS ask for `require`, which a module does not have. */
const banner =
  "import { createRequire as weirCreateRequire } from 'node:module'; const require = weirCreateRequire(import.meta.url);"

/** An older Node could not even read the bundle, so what says so is a file of its own. */
const starterText = `#!/usr/bin/env node
if (Number.parseInt(process.versions.node) < ${oldestNode}) {
  console.error('weir-worker needs Node ${oldestNode} or newer; this is ' + process.version + '. Update it, or take the single binary, which brings its own.');
  process.exit(3);
}
await import('./${bundleName}');
`

async function makeBinary(work: string): Promise<string> {
  const output = path.join(work, 'weir-worker')
  const configuration = path.join(work, 'sea.json')
  const sea = {
    main: path.join(work, bundleName),
    mainFormat: 'module',
    output,
    disableExperimentalSEAWarning: true,
  }
  await writeFile(configuration, JSON.stringify(sea))
  const { status, stderr } = spawnSync(process.execPath, ['--build-sea', configuration], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Node could not make the single executable: ${stderr}`)
  await chmod(output, 0o755)
  return output
}

if (import.meta.main) {
  const startedMs = performance.now()
  const { script, binary } = await buildWorker()
  for (const file of [script, binary])
    process.stdout.write(
      `${((await stat(file)).size / 1024 ** 2).toFixed(1).padStart(7)} MiB  ${path.relative(root, file)}\n`,
    )
  process.stdout.write(`Built in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.\n`)
}
