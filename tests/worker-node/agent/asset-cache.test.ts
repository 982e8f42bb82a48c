import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobAsset } from '#schema/contracts/slate.ts'
import { assetBytes, upload, uploaded } from '#tests/support/assets.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { AssetCache, AssetDamaged } from '#worker/agent/asset-cache.ts'
import { ControlClient, ControlRefusal, ControlUnreachable } from '#worker/agent/control-client.ts'
import { type JoinedAgent, joinedAgent } from './joined-agent.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-assets-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true, force: true })
})
const never = new AbortController().signal
const bytes = assetBytes('mp4', 700_000)

const assetOf = (content: Uint8Array, more: Partial<JobAsset> = {}): JobAsset => ({
  ...{ id: 'ast_1', name: 'Opening', content_type: 'video/mp4', size_bytes: content.byteLength },
  sha256: createHash('sha256').update(content).digest('hex'),
  ...more,
})

/** A control that answers with these pieces, and counts how often it is asked. */
function answering(pieces: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const asked: string[] = []
  return {
    asked,
    async *download(path: string) {
      asked.push(path)
      yield* pieces()
    },
  }
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

describe('an upload from a real control plane', () => {
  let control: TestControl
  let agent: JoinedAgent
  beforeAll(async () => {
    control = await startTestControl()
    agent = await joinedAgent(control)
  })
  afterAll(async () => {
    await agent?.close()
    await control?.stop()
  })

  it('comes as it was uploaded, with the worker’s own credential', async () => {
    const { id, name, content_type, size_bytes, sha256 } = await uploaded(upload(control, bytes, { type: 'video/mp4' }))
    const asset = { id, name, content_type, size_bytes, sha256 }
    const path = await new AssetCache(folder, new ControlClient(control.url, agent.identity)).path(asset, never)
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
  })

  it('that is not there is refused in control’s words, and a control that is away is told apart', async () => {
    const there = new AssetCache(folder, new ControlClient(control.url, agent.identity))
    await expect(there.path(assetOf(bytes, { id: 'ast_gone' }), never)).rejects.toThrow(ControlRefusal)
    agent.front.mode = 'cut'
    const away = new AssetCache(folder, agent.control)
    await expect(away.path(assetOf(bytes), never)).rejects.toThrow(ControlUnreachable)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('the cache of uploads', () => {
  it('fetches each once, whoever asks for it and however many at a time', async () => {
    const control = answering(() => [bytes.subarray(0, 10), bytes.subarray(10)])
    const cache = new AssetCache(folder, control)
    const paths = await Promise.all([cache.path(assetOf(bytes), never), cache.path(assetOf(bytes), never)])
    expect(await new AssetCache(folder, control).path(assetOf(bytes), never)).toBe(paths[0])
    expect(new Set(paths).size).toBe(1)
    expect(control.asked).toEqual(['/worker/v1/assets/ast_1'])
  })

  it('goes on with a download for as long as one of those who share it waits, and not longer', async () => {
    const rest = Promise.withResolvers<void>()
    const downloads: AbortSignal[] = []
    const cache = new AssetCache(folder, {
      async *download(_path, signal) {
        downloads.push(signal)
        yield bytes.subarray(0, 10)
        await Promise.race([rest.promise, aborted(signal)])
        signal.throwIfAborted()
        yield bytes.subarray(10)
      },
    })
    const [one, other] = [new AbortController(), new AbortController()]
    const gone = cache.path(assetOf(bytes), one.signal)
    const goneToo = cache.path(assetOf(bytes), other.signal)
    await eventually('it is under way', () => downloads.length === 1)
    one.abort(new Error('one has left'))
    await expect(gone).rejects.toThrow('one has left')
    expect(downloads[0]?.aborted).toBe(false)
    other.abort(new Error('both have left'))
    await expect(goneToo).rejects.toThrow('both have left')
    expect(downloads[0]?.aborted).toBe(true)
    // What was given up is still being cleared away.
    const stays = cache.path(assetOf(bytes), never)
    rest.resolve()
    expect(Buffer.compare(await readFile(await stays), bytes)).toBe(0)
    expect(downloads).toHaveLength(2)
    expect(await readdir(folder)).toHaveLength(1)
  })

  it.each([
    ['is another one', assetBytes('mp4', 700_001).subarray(1)],
    ['is cut short', bytes.subarray(0, -1)],
    ['goes on too long', assetBytes('mp4', 800_000)],
    ['is empty', new Uint8Array()],
  ])('keeps nothing of what %s', async (_, wrong) => {
    const control = answering(() => [wrong])
    await expect(new AssetCache(folder, control).path(assetOf(bytes), never)).rejects.toThrow(AssetDamaged)
    expect(await readdir(folder)).toEqual([])
  })

  it('takes no more of an answer without end than the upload has', async () => {
    let sent = 0
    const control = answering(function* () {
      for (;;) {
        sent += 100_000
        yield new Uint8Array(100_000)
      }
    })
    await expect(new AssetCache(folder, control).path(assetOf(bytes), never)).rejects.toThrow(AssetDamaged)
    expect(sent).toBeLessThanOrEqual(900_000)
  })

  it('tries again after a failure, and again where the file was damaged on the disk', async () => {
    let isAway = true
    const control = answering(() => {
      if (isAway) throw new ControlUnreachable('away')
      return [bytes]
    })
    const cache = new AssetCache(folder, control)
    await expect(cache.path(assetOf(bytes), never)).rejects.toThrow('away')
    isAway = false
    await truncate(await cache.path(assetOf(bytes), never), 5)
    expect(Buffer.compare(await readFile(await cache.path(assetOf(bytes), never)), bytes)).toBe(0)
    expect(control.asked).toHaveLength(3)
  })

  it('makes room by what was not used for longest', async () => {
    for (const [name, seconds] of [
      ['old', 1_000],
      ['new', 2_000],
    ] as const) {
      await writeFile(join(folder, name), '')
      await truncate(join(folder, name), 300 * 1024 * 1024)
      await utimes(join(folder, name), seconds, seconds)
    }
    const { sha256 } = assetOf(bytes)
    await new AssetCache(
      folder,
      answering(() => [bytes]),
    ).path(assetOf(bytes), never)
    expect((await readdir(folder)).toSorted()).toEqual([sha256, 'new'].toSorted())
  })
})
