import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { dashEntry, trimmedHls } from './trimmed-engines.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A file that was built: its path below `dist/web` and how large it is on the wire. */
export interface BuiltFile {
  readonly path: string
  readonly gzipBytes: number
}

/**
 * Builds everything that a browser gets into `dist/web`: `player@1/weir-player.js` with its engines as chunks of their
 * own, the dashboard (`index.html`), the report (`broadcast.html`), the log (`logs.html`), figures over time (`statistics.html`), the studio (`publish.html`), the administration (`admin.html`), the
 * reference (`docs.html`, which control fills), the watch page
 * (`watch.html`), the page for frames (`embed.html`) and their scripts and styles under `assets/`, whose names carry a hash of their content. Answers the files of the player.
 */
export async function buildWeb(finalFolder = path.join(root, 'dist/web')): Promise<BuiltFile[]> {
  // Built beside and then swapped in: a control plane that runs meanwhile always has whole pages.
  await mkdir(path.dirname(finalFolder), { recursive: true })
  const work = await mkdtemp(`${finalFolder}-`)
  try {
    // Of its own: only we may read what mkdtemp makes, and whoever runs control is often somebody else.
    const folder = path.join(work, 'new')
    await mkdir(folder)
    const built = await buildInto(folder)
    await swapIn(work, finalFolder)
    return built
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function buildInto(outputFolder: string): Promise<BuiltFile[]> {
  const [player, pages] = await Promise.all([
    build({
      ...common,
      entryPoints: { 'weir-player': path.join(root, 'player/weir-player.ts') },
      outdir: path.join(outputFolder, 'player@1'),
      splitting: true,
      chunkNames: '[name]-[hash]',
      define: trimmedHls.define,
      alias: dashEntry,
      plugins: [trimmedHls.plugin],
    }),
    build({
      ...common,
      entryPoints: {
        dashboard: path.join(root, 'control/dashboard/dashboard.ts'),
        'dashboard-style': path.join(root, 'control/dashboard/dashboard.css'),
        broadcast: path.join(root, 'control/dashboard/broadcast/broadcast.ts'),
        'broadcast-style': path.join(root, 'control/dashboard/broadcast/broadcast.css'),
        statistics: path.join(root, 'control/dashboard/statistics/statistics.ts'),
        'statistics-style': path.join(root, 'control/dashboard/statistics/statistics.css'),
        logs: path.join(root, 'control/dashboard/logs/logs.ts'),
        'logs-style': path.join(root, 'control/dashboard/logs/logs.css'),
        publish: path.join(root, 'control/dashboard/publish/publish.ts'),
        'publish-style': path.join(root, 'control/dashboard/publish/publish.css'),
        admin: path.join(root, 'control/dashboard/admin/admin.ts'),
        'admin-style': path.join(root, 'control/dashboard/admin/admin.css'),
        join: path.join(root, 'control/dashboard/join/join.ts'),
        'join-style': path.join(root, 'control/dashboard/join/join.css'),
        docs: path.join(root, 'control/dashboard/docs/docs.ts'),
        'docs-style': path.join(root, 'control/dashboard/docs/docs.css'),
        watch: path.join(root, 'player/watch/watch.ts'),
        'embed-style': path.join(root, 'player/watch/embed.css'),
        'watch-style': path.join(root, 'player/watch/watch.css'),
      },
      outdir: path.join(outputFolder, 'assets'),
      entryNames: '[name]-[hash]',
    }),
  ])
  await Promise.all([
    writePage(path.join(root, 'control/dashboard/index.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'control/dashboard/broadcast/broadcast.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'control/dashboard/statistics/statistics.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'control/dashboard/logs/logs.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'control/dashboard/publish/publish.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'control/dashboard/admin/admin.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'control/dashboard/join/join.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'control/dashboard/docs/docs.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'player/watch/watch.html'), outputFolder, pages.metafile),
    writePage(path.join(root, 'player/watch/embed.html'), outputFolder, pages.metafile),
  ])
  const scripts = Object.keys(player.metafile.outputs).filter((file) => file.endsWith('.js'))
  return Promise.all(scripts.map((file) => measure(file, outputFolder)))
}

/** Puts `work/new` in the place of another folder, which is missing for no longer than two renames take. */
async function swapIn(work: string, finalFolder: string): Promise<void> {
  for (let former = 0; ; former++) {
    await rename(finalFolder, path.join(work, String(former))).catch(unless('ENOENT'))
    const isThere = await rename(path.join(work, 'new'), finalFolder).then(() => true, unless('ENOTEMPTY', 'EEXIST'))
    // Somebody else who builds was faster: what is newer takes that one's place.
    if (isThere) return
  }
}

/** Swallows a failure with one of these codes. */
const unless =
  (...codes: readonly string[]) =>
  (error: NodeJS.ErrnoException): undefined => {
    if (!codes.includes(error.code ?? '')) throw error
  }

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  sourcemap: false,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions

/** Writes the page with each `/assets/name.ext` in it replaced by the hashed name that the build gave that file. */
async function writePage(template: string, outputFolder: string, metafile: Metafile): Promise<void> {
  const hashedNames = new Map(
    Object.keys(metafile.outputs).map((file) => {
      const hashed = path.basename(file)
      return [hashed.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, ''), hashed]
    }),
  )
  const page = (await readFile(template, 'utf8')).replace(/\/assets\/([\w.-]+)/g, (_, name: string) => {
    const hashed = hashedNames.get(name)
    if (!hashed) throw new Error(`${template} names /assets/${name}, which the build did not make.`)
    return `/assets/${hashed}`
  })
  await writeFile(path.join(outputFolder, path.basename(template)), page)
}

async function measure(file: string, outputFolder: string): Promise<BuiltFile> {
  const absolute = path.resolve(root, file)
  return { path: path.relative(outputFolder, absolute), gzipBytes: gzipSync(await readFile(absolute)).length }
}

if (import.meta.main) {
  const startedMs = performance.now()
  const files = await buildWeb()
  for (const file of files.toSorted((a, b) => a.gzipBytes - b.gzipBytes))
    console.log(`${(file.gzipBytes / 1024).toFixed(1).padStart(7)} KiB gzip  ${file.path}`)
  console.log(`Built in ${Math.round(performance.now() - startedMs)} ms.`)
}
