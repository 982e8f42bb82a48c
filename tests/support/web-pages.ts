import { glob, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { buildWeb } from '../../scripts/build-web.ts'

const root = join(import.meta.dirname, '../..')
const sources = ['{player,control/dashboard,schema,scripts}/**/*.*', 'package-lock.json']

/** Builds the pages into `dist/web`, unless they were built after the last change of what they are made of. */
export async function buildPages(): Promise<void> {
  if (!(await areCurrent())) await buildWeb()
}

/** The folder of a build is born as that build begins. */
async function areCurrent(): Promise<boolean> {
  try {
    // An empty folder may have been made by those who only need one to be there.
    await stat(join(root, 'dist/web/index.html'))
    const { birthtimeMs } = await stat(join(root, 'dist/web'))
    for await (const file of glob(sources, { cwd: root }))
      if ((await stat(join(root, file))).mtimeMs >= birthtimeMs) return false
    return true
  } catch {
    return false // not built yet
  }
}
