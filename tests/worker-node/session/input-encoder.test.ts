import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VideoEncoder } from '#schema/enums.ts'
import { eventually } from '#tests/support/eventually.ts'
import { ProgramFolder } from '#tests/support/programs.ts'
import { type EncodeEvents, InputEncoder } from '#worker/session/input-encoder.ts'
import { SessionPlan } from '#worker/session/plan.ts'
import { GainRider } from '#worker/transcode/gain-rider.ts'
import { bothTracks, FakeSource, jobOf, recordedLog } from '../agent/registry-under-test.ts'

let programs: ProgramFolder
let encoder: InputEncoder | undefined
beforeEach(async () => {
  programs = await ProgramFolder.create()
})
afterEach(async () => {
  encoder?.stop()
  await encoder?.idle()
  await programs.remove()
})

/** Hardware that holds one FFmpeg at a time: another one fails as FFmpeg does there. */
const narrow = (folder: string) => `
if [ -e '${folder}/pid' ] && kill -0 $(cat '${folder}/pid') 2>/dev/null; then
  echo refused >> '${folder}/log'
  echo '[h264_nvenc @ 0x1] [error] OpenEncodeSessionEx failed: out of memory (10)' >&2
  exit 1
fi
echo $$ > '${folder}/pid'
echo begun >> '${folder}/log'
exec sleep 60`

describe('an encode that is to take the place of another', () => {
  it('on hardware that does not hold both at once begins alone, and that is no failure of it', async () => {
    const ffmpeg = await programs.ffmpeg(narrow(programs.path))
    const plan = (height: number) =>
      new SessionPlan(
        () => jobOf({ encoder: 'h264_nvenc', ladder: { preset: 'custom', renditions: [{ height }] } }),
        () => [{ name: 'h264_nvenc', encodeUnits: 9 }],
      ).for(bothTracks)
    let planned = plan(180)
    const failed: VideoEncoder[] = []
    const ends: (string | undefined)[] = []
    encoder = new InputEncoder(new FakeSource(bothTracks), {
      ...{ ffmpeg, log: recordedLog().log, listens: false, rider: new GainRider(), plan: () => planned },
      onRunBegin: (_, { onAirSomewhere }) => {
        onAirSomewhere()
        return { onTrack: () => {}, onSample: () => {}, end: () => {} }
      },
      ...{ onProgress: () => {}, onSnapshot: () => {}, onSound: () => {}, onGlance: () => {} },
      onEncoderFailed: (name) => failed.push(name),
      onRunEnd: ({ fault }) => ends.push(fault?.code),
      onFault: (error) => expect.fail(String(error)),
    })
    encoder.start(bothTracks)
    await eventually('the first runs', () =>
      access(join(programs.path, 'pid')).then(
        () => true,
        () => false,
      ),
    )
    planned = plan(120)
    encoder.renew(bothTracks)
    const log = () => readFile(join(programs.path, 'log'), 'utf8')
    await eventually('the second runs alone', async () => (await log()).endsWith('refused\nbegun\n'))
    expect([failed, ends]).toEqual([[], ['hardware_encoder_failed']])
  })

  it('leaves what is on air there where yet another is wanted before it could, and is given up itself', async () => {
    const ffmpeg = await programs.ffmpeg('exec sleep 60')
    let height = 180
    const onAir: [height: number, events: EncodeEvents][] = []
    const ended: number[] = []
    encoder = new InputEncoder(new FakeSource(bothTracks), {
      ...{ ffmpeg, log: recordedLog().log, listens: false, rider: new GainRider(), plan: () => softwarePlan(height) },
      onRunBegin: ({ plans }, events) => {
        const made = plans[0].renditions[0]?.height ?? 0
        onAir.push([made, events])
        return { onTrack: () => {}, onSample: () => {}, end: () => ended.push(made) }
      },
      ...{ onProgress: () => {}, onSnapshot: () => {}, onSound: () => {}, onGlance: () => {} },
      ...{ onEncoderFailed: () => {}, onRunEnd: () => {}, onFault: (error) => expect.fail(String(error)) },
    })
    encoder.start(bothTracks)
    onAir[0]?.[1].onAirSomewhere()
    await eventually('the first runs', () => encoder?.pace !== undefined)
    const { pace } = encoder
    height = 120
    encoder.renew(bothTracks)
    height = 90
    encoder.renew(bothTracks)
    await eventually('the second ends', () => ended.length > 0)
    expect(encoder.pace).toBe(pace)
    onAir[2]?.[1].onAirSomewhere()
    expect(encoder.pace).not.toBe(pace)
    expect([onAir.map(([made]) => made), ended]).toEqual([[180, 120, 90], [120]])
    onAir[2]?.[1].onAirEverywhere()
    await eventually('the first ends', () => ended.length > 1)
    expect(ended).toEqual([120, 180])
  })

  it('does not give way to it again when that one ends by itself', async () => {
    const ffmpeg = await programs.ffmpeg(`echo $$ >> '${programs.path}/pids'; exec sleep 60`)
    const pids = async () => (await readFile(join(programs.path, 'pids'), 'utf8').catch(() => '')).trim().split('\n')
    let height = 180
    const begun: number[] = []
    const ended: number[] = []
    encoder = new InputEncoder(new FakeSource(bothTracks), {
      ...{ ffmpeg, log: recordedLog().log, listens: false, rider: new GainRider(), plan: () => softwarePlan(height) },
      onRunBegin: ({ plans }, { onAirSomewhere }) => {
        const made = plans[0].renditions[0]?.height ?? 0
        begun.push(made)
        onAirSomewhere()
        return { onTrack: () => {}, onSample: () => {}, end: () => ended.push(made) }
      },
      ...{ onProgress: () => {}, onSnapshot: () => {}, onSound: () => {}, onGlance: () => {} },
      ...{ onEncoderFailed: () => {}, onRunEnd: () => {}, onFault: (error) => expect.fail(String(error)) },
    })
    encoder.start(bothTracks)
    await eventually('the first runs', async () => (await pids())[0] !== '')
    height = 120
    encoder.renew(bothTracks)
    await eventually('the second runs', async () => (await pids()).length === 2)
    process.kill(Number((await pids())[0]), 'SIGKILL')
    await eventually('the first has ended', () => ended.length === 1)
    process.kill(Number((await pids())[1]), 'SIGKILL')
    await eventually('only the second begins again', () => begun.length === 3)
    expect(begun).toEqual([180, 120, 120])
  })
})

const softwarePlan = (height: number) =>
  new SessionPlan(
    () => jobOf({ ladder: { preset: 'custom', renditions: [{ height }] } }),
    () => [{ name: 'software', encodeUnits: 9 }],
  ).for(bothTracks)
