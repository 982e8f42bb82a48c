import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** All slates of a cache folder together; the ones that were not used for longest go first. A long video takes 70 MB. */
const maxCacheBytes = 1024 * 1024 * 1024

/** What is being made in this process, by the name of its queue. */
const queues = new Map<string, Promise<unknown>>()

/**
 * Gives the folder of `key` in `cacheDir`, filled by `fill` if it is not there. What is in one `queue` is made one after the
 * other, so that several who ask for the same wait for the first. What `fill` leaves half done is never seen. Rejects at
 * once when `signal` aborts while others have their turn; one that has its turn looks after the signal itself.
 */
export async function cachedFolder(
  cacheDir: string,
  key: string,
  queue: string,
  fill: (draft: string) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  const folder = join(cacheDir, key)
  if (await isThere(folder)) return folder
  return inTurn(`${cacheDir} ${queue}`, signal, async () => {
    if (!(await isThere(folder))) await make(cacheDir, folder, fill)
    return folder
  })
}

async function inTurn<Result>(queue: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  const left = Promise.withResolvers<never>()
  const leave = () => left.reject(signal.reason)
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  const begin = () => {
    signal.throwIfAborted()
    signal.removeEventListener('abort', leave)
    return work()
  }
  const turn = (queues.get(queue) ?? Promise.resolve()).then(begin, begin)
  queues.set(queue, turn)
  const over = () => queues.get(queue) === turn && queues.delete(queue)
  turn.then(over, over)
  return Promise.race([turn, left.promise])
}

/** It counts as used now. */
function isThere(folder: string): Promise<boolean> {
  const now = new Date()
  return succeeds(utimes(folder, now, now))
}

async function make(cacheDir: string, folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(cacheDir, { recursive: true })
  const draft = await mkdtemp(join(cacheDir, `draft-${randomUUID()}-`))
  try {
    await fill(draft)
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  await evictOldest(cacheDir, folder)
}

async function evictOldest(cacheDir: string, keep: string): Promise<void> {
  const entries = await Promise.all((await readdir(cacheDir)).map((name) => measure(join(cacheDir, name))))
  const present = entries.filter((entry) => entry !== undefined).toSorted((a, b) => b.usedMs - a.usedMs)
  let total = 0
  for (const entry of present) {
    total += entry.bytes
    if (total > maxCacheBytes && entry.folder !== keep) await rm(entry.folder, { recursive: true, force: true })
  }
}

async function measure(folder: string): Promise<{ folder: string; usedMs: number; bytes: number } | undefined> {
  try {
    const { mtimeMs } = await stat(folder)
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size))
    return { folder, usedMs: mtimeMs, bytes: sizes.reduce((sum, size) => sum + size, 0) }
  } catch {
    return undefined // gone in the meantime, or not ours
  }
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
