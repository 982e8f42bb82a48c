import { afterEach, beforeEach, expect, it } from 'vitest'
import { createPlaybackFinder, type FindPlayback } from '#control/delivery/find-playback.ts'
import { processPulse, timedPulse } from '#control/pulse.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { addStream } from '../../support/jobs.ts'

let control: TestControl
let nowMs: number
/** How often the database was asked. */
let reads: number
/** What the database does before it answers. */
let hold: () => Promise<unknown>
let id: string
beforeEach(async () => {
  control = await startTestControl({ choresEveryMs: 3_600_000 })
  ;[nowMs, reads, hold] = [1_000_000, 0, async () => {}]
  id = (await addStream(control)).playback_ids[0]?.id ?? ''
})
afterEach(() => control.stop())

function finder(pulse = processPulse()): FindPlayback {
  const db = new Proxy(control.runtime.db, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (name !== 'batch') return value
      return async (queries: never) => {
        reads++
        await hold()
        return target.batch(queries)
      }
    },
  })
  return createPlaybackFinder({ ...control.runtime, db, pulse, now: () => new Date(nowMs) })
}
const crowd = (find: FindPlayback) => Promise.all(Array.from({ length: 100 }, () => find(id)))

it('asks the database once a second for a crowd, and at once where something has changed', async () => {
  const pulse = processPulse()
  const find = finder(pulse)
  expect((await crowd(find))[99]?.playbackId).toBe(id)
  nowMs += 999
  await crowd(find)
  expect(reads).toBe(1)
  nowMs += 1
  await crowd(find)
  expect(reads).toBe(2)
  pulse.fire()
  await crowd(find)
  expect(reads).toBe(3)
})

it('lets one request of a crowd at the edge look again, and the others go by what was found', async () => {
  const find = finder(timedPulse)
  await find(id)
  nowMs += 1_500
  await crowd(find)
  expect(reads).toBe(2)
})

it('goes by what it found while the database is away or slow, and forgets it after a quarter of an hour', async () => {
  const find = finder()
  await find(id)
  hold = () => Promise.reject(new Error('away'))
  nowMs += 60_000
  expect((await find(id))?.playbackId).toBe(id)
  await expect(find('pb_new')).rejects.toThrow('away')
  const before = reads
  await crowd(find)
  expect(reads).toBe(before)
  const slow = Promise.withResolvers<never>()
  hold = () => slow.promise
  nowMs += 60_000
  expect((await find(id))?.playbackId).toBe(id)
  slow.reject(new Error('away'))
  await eventually('the look is over', async () => (await find(id))?.playbackId === id)
  nowMs += 15 * 60_000
  await expect(find(id)).rejects.toThrow('away')
})

it('remembers what does not exist, too', async () => {
  const find = finder()
  for (let turn = 0; turn < 3; turn++) expect(await find('pb_none')).toBeUndefined()
  expect(reads).toBe(1)
  expect(await find('x'.repeat(65))).toBeUndefined()
  expect(reads).toBe(1)
})
