import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { eventually } from '#tests/support/eventually.ts'
import { ProgramFolder } from '#tests/support/programs.ts'
import type { OpenJob } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { jobDestination, jobOf, noUploads, recordedLog, startDriver } from '../agent/registry-under-test.ts'

let programs: ProgramFolder
let session: Session
let faults: string[]
beforeEach(async () => {
  programs = await ProgramFolder.create()
  // What is 142 pixels high is held up until it may go on.
  const hold = `while [ ! -e '${programs.path}/go-on' ]; do sleep 0.05; done`
  const ffmpeg = await programs.ffmpeg(`case "$*" in *x142*|*:142*) ${hold};; esac\nexec ffmpeg "$@"`)
  const { log, lines } = recordedLog()
  faults = lines
  session = new Session({
    open: opened({ height: 90 }),
    host: {
      ...{ ffmpeg, freeEncodeUnits: () => 9, slateDir: join(programs.path, 'slates') },
      ...{ fetchAsset: noUploads, log, startDriver },
    },
    ...{ onEvent: () => {}, onOver: () => {} },
  })
})
afterEach(async () => {
  await writeFile(join(programs.path, 'go-on'), '')
  await session.end('completed')
  await programs.remove()
})

/** An always-on stream of one rendition, and maybe a destination of a height of its own. */
function opened({ height, ownHeight }: { height: number; ownHeight?: number }): OpenJob {
  const ladder = { preset: 'custom', renditions: [{ height }] } satisfies Job['ladder']
  const own = { ...jobDestination(''), profile: { height: ownHeight } } as never
  const destinations = ownHeight === undefined ? [] : [own]
  const job = jobOf({ always_on: true, latency_mode: 'low_latency', encoder_preset: 'ultrafast', ladder, destinations })
  return { job, inputs: job.inputs as OpenJob['inputs'], srtPassphrase: '', destinations: [] }
}
const heights = () => session.report().plan?.encodes.map(({ height }) => height)

describe('what is changed while the slate is on air', () => {
  it('comes to what was wanted last, though what was wanted before it is ready later', async () => {
    await session.startWithSlate()
    const { package: first } = session
    session.update(opened({ height: 142 }))
    session.update(opened({ height: 120 }))
    await eventually('viewers get the last', () => session.package !== first)
    const { package: last } = session
    await writeFile(join(programs.path, 'go-on'), '')
    session.update(opened({ height: 100 }))
    await eventually('and another one after that', () => session.package !== last)
    expect(heights()).toEqual([100])
    expect(faults.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  it('is told of as what runs, where it is a destination alone that gets another picture', async () => {
    await session.startWithSlate()
    const { package: first } = session
    session.update(opened({ height: 90, ownHeight: 120 }))
    await eventually('it is made', () => heights()?.join() === '90,120')
    session.update(opened({ height: 90 }))
    await eventually('it is made no more', () => heights()?.join() === '90')
    expect(session.package).toBe(first)
  })
})
