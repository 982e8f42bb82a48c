import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { type EnvironmentName, environmentVariables } from '#schema/environment-variables.ts'
import type { Settings } from './arguments.ts'

const names = new Set<string>(environmentVariables.map(({ name }) => name))
const schema = v.object({ settings: v.record(v.string(), v.string()), address: v.nullable(v.string()) })

/** What is kept of a join. */
export interface Kept {
  /** What was said then. */
  readonly settings: Settings
  /** Our address towards a control plane that is on another machine, when it was last seen; null: it is on this one. */
  readonly address: string | null
}

/** Undefined where this worker has not joined by command. A setting that is no longer known is left out. */
export async function readKept(file: string): Promise<Kept | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const { settings, address } = v.parse(schema, JSON.parse(text))
    const known = Object.entries(settings).filter(([name]) => names.has(name))
    return { settings: Object.fromEntries(known) as Partial<Record<EnvironmentName, string>>, address }
  } catch (cause) {
    throw new Error(`${file} is damaged. Remove it, and join this worker again.`, { cause })
  }
}

/** Keeps it, mode 0600; no secret is in it. A crash leaves the old file or the new one. */
export async function keep(file: string, kept: Kept): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
