import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { type ChannelKind, channelKind } from '#tests/support/input-kinds/channel.ts'
import { cells, type InputKind } from '#tests/support/input-kinds/input-kind.ts'
import { type Row, startJourney } from '#tests/support/input-kinds/journey.ts'
import { inputKinds } from '#tests/support/input-kinds/kinds.ts'
import { Trial } from '#tests/support/input-kinds/trial.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { analyseRecording, type RecordingReport } from '#tests/support/recording.ts'
import { TestWeir } from '#tests/support/weir.ts'

// The table: each kind of input × everything that may happen to it, all kinds at once in one worker. What each cell asks is
// in journey.ts; what stands at the other end of each kind is in the files of the kinds.
const names = Object.keys(inputKinds) as (keyof typeof inputKinds)[]

interface Journey {
  readonly kind: InputKind
  readonly row: Row
  /** What the platform has recorded of all of it. */
  readonly recorded: Promise<{ sessions: number; report: RecordingReport }>
}

let weir: TestWeir
let platform: NginxRtmp
let channel: ChannelKind
const journeys = new Map<string, Journey>()

beforeAll(async () => {
  channel = await channelKind()
  weir = await TestWeir.start(channel.environment)
  platform = await startNginxRtmp()
  await Promise.all(names.map(async (name) => journeys.set(name, await start(name))))
})
afterAll(async () => {
  await Promise.allSettled([...journeys.values()].map(({ kind }) => kind.close()))
  await weir?.close()
  await platform?.close()
})

async function start(name: keyof typeof inputKinds): Promise<Journey> {
  const kind = await inputKinds[name](weir, channel)
  const trial = await Trial.create(weir, platform, name, { source: kind.source })
  const { row, over } = startJourney(kind, trial)
  const recorded = over.then(async () => {
    await weir.api('POST', `/v1/live-streams/${trial.stream.id}/disable`)
    await trial.status('disabled')
    const recordings = await eventually('the platform has closed its file', async () => {
      const files = (await platform.recordings()).filter((file) => file.includes(`/${name}-`))
      return files.length > 0 && files
    })
    return { sessions: recordings.length, report: await analyseRecording(recordings[0]!) }
  })
  recorded.catch(() => {})
  return { kind, row, recorded }
}

describe.each(names)('%s', { timeout: 200_000 }, (name) => {
  it.each(cells)('%s', async (cell) => {
    const { kind, row } = journeys.get(name)!
    const reason = kind.senseless?.[cell]
    if (reason !== undefined) return expect(reason).toMatch(/\w/)
    await row[cell]
  })

  it('is one session at the platform, without a gap, an error or a jump', async () => {
    const { sessions, report } = await journeys.get(name)!.recorded
    expect(sessions).toBe(1)
    expect(report).toMatchObject({ decodeErrors: [], nonMonotonic: 0 })
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(50)
    expect(report.largestAudioGapMs).toBeLessThanOrEqual(30)
  })
})

describe('secrets of inputs', () => {
  it('are in no log and no answer', async () => {
    const logs = [weir.worker!, weir.control!].map((process) => process.stderr()).join('')
    const answers = JSON.stringify(await weir.api('GET', '/v1/live-streams?limit=50'))
    for (const secret of [
      'user:secret',
      'user:wrong',
      'token=',
      '0123456789"',
      'good0token',
      'wrong0token',
      'nobodys-key',
    ])
      expect(logs + answers).not.toContain(secret)
  })
})
