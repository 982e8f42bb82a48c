import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobAsset } from '#schema/contracts/slate.ts'
import type { ControlClient } from './control-client.ts'

/** All files together, bytes; the ones that were not used for longest go first. */
const maxCacheBytes = 512 * 1024 * 1024
/** A download that gives nothing for so long is given up, milliseconds. */
const silenceMs = 20_000

/** What came is not the file that the job names. */
export class AssetDamaged extends Error {
  override readonly name = 'AssetDamaged'
}

/**
 * Uploads that jobs name, each fetched from control once and kept under its SHA-256. Nothing but a file of just that
 * digest and size is ever given out.
 */
export class AssetCache {
  readonly #folder: string
  readonly #control: Pick<ControlClient, 'download'>
  readonly #fetching = new Map<string, Fetching>()

  constructor(folder: string, control: Pick<ControlClient, 'download'>) {
    this.#folder = folder
    this.#control = control
  }

  /** Where the file lies. Rejects with the client's errors or {@link AssetDamaged}; several who ask share one download. */
  path(asset: JobAsset, signal: AbortSignal): Promise<string> {
    const present = this.#fetching.get(asset.sha256)
    const fetching = present && !present.isGivenUp ? present : this.#begin(asset)
    return fetching.wait(signal)
  }

  #begin(asset: JobAsset): Fetching {
    const fetching = new Fetching((signal) => this.#find(asset, signal))
    this.#fetching.set(asset.sha256, fetching)
    const forget = () => {
      if (this.#fetching.get(asset.sha256) === fetching) this.#fetching.delete(asset.sha256)
    }
    fetching.over.then(forget, forget)
    return fetching
  }

  async #find(asset: JobAsset, signal: AbortSignal): Promise<string> {
    const path = join(this.#folder, asset.sha256)
    const found = await stat(path).catch(() => undefined)
    if (found?.size === asset.size_bytes) {
      const now = new Date()
      await utimes(path, now, now)
      return path
    }
    await mkdir(this.#folder, { recursive: true })
    await this.#makeRoom(asset.size_bytes)
    const draft = `${path}.${randomUUID()}`
    try {
      await this.#download(asset, draft, signal)
      await rename(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
    return path
  }

  async #download(asset: JobAsset, draft: string, signal: AbortSignal): Promise<void> {
    const silence = new AbortController()
    const watch = setTimeout(() => silence.abort(), silenceMs)
    const hash = createHash('sha256')
    let bytes = 0
    const file = await open(draft, 'wx', 0o600)
    try {
      const body = this.#control.download(`/worker/v1/assets/${asset.id}`, AbortSignal.any([signal, silence.signal]))
      for await (const chunk of body) {
        watch.refresh()
        bytes += chunk.byteLength
        if (bytes > asset.size_bytes) break
        hash.update(chunk)
        await file.write(chunk)
      }
    } finally {
      clearTimeout(watch)
      await file.close()
    }
    if (bytes !== asset.size_bytes || hash.digest('hex') !== asset.sha256)
      throw new AssetDamaged(`The upload “${asset.name}” did not come from control as it was uploaded.`)
  }

  async #makeRoom(bytes: number): Promise<void> {
    const names = await readdir(this.#folder)
    const files = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(this.#folder, name)).catch(() => undefined)
        return { name, size: found?.size ?? 0, usedMs: found?.mtimeMs ?? 0 }
      }),
    )
    let total = bytes
    for (const { name, size } of files.toSorted((a, b) => b.usedMs - a.usedMs)) {
      total += size
      if (total > maxCacheBytes) await rm(join(this.#folder, name), { force: true })
    }
  }
}

/** One download that several may wait for: it goes on as long as one of them does. */
class Fetching {
  readonly over: Promise<string>
  readonly #abort = new AbortController()
  #waiting = 0

  constructor(fetch: (signal: AbortSignal) => Promise<string>) {
    this.over = fetch(this.#abort.signal)
  }

  /** Nobody waits for it any more: it comes to nothing. */
  get isGivenUp(): boolean {
    return this.#abort.signal.aborted
  }

  async wait(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    const left = Promise.withResolvers<never>()
    const leave = () => left.reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    this.#waiting++
    try {
      return await Promise.race([this.over, left.promise])
    } finally {
      signal.removeEventListener('abort', leave)
      if (--this.#waiting === 0) this.#abort.abort()
    }
  }
}
