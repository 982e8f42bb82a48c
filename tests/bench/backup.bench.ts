import { setTimeout as sleep } from 'node:timers/promises'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { smallLadder, TestWeir } from '#tests/support/weir.ts'
import { printTable, quantile } from './table.ts'

// Two encoders push to one stream: the better one freezes and comes back. How soon the backup is on air, how soon the better
// one is again, what the slate showed meanwhile, and what a platform got of it.
const rounds = 5
const weir = await TestWeir.start()
const platform = await startNginxRtmp()
const stream = await weir.createStream({ ...smallLadder, inputs: [{ type: 'push' }, { type: 'push' }] })
const path = `/v1/live-streams/${stream.id}`
await weir.api('POST', `${path}/destinations`, { url: platform.url, stream_key: 'bench' })
const [better, backup] = stream.inputs.map(({ id }) => `${stream.stream_key}?input=${id}`)
const encoders = await Promise.all([
  startEncoder(weir.rtmpUrl, better!, { width: 640, height: 360 }),
  startEncoder(weir.rtmpUrl, backup!, { width: 640, height: 360, pattern: 'flash' }),
])
const toBackupMs: number[] = []
const toBetterMs: number[] = []
const slate = { away: [] as number[], back: [] as number[] }
try {
  await weir.status(stream.id, 'active')
  await reaches(0, 'on_air')
  await reaches(1, 'standby')
  for (let round = 0; round < rounds; round++) {
    await sleep(2_000)
    const before = await slateSeconds()
    const frozenMs = Date.now()
    encoders[0].child.kill('SIGSTOP')
    toBackupMs.push((await switchedAt(frozenMs)) - frozenMs)
    const thawedMs = Date.now()
    encoders[0].child.kill('SIGCONT')
    // It stays where it is until the better one has been good for ten seconds.
    const between = await slateSeconds()
    toBetterMs.push((await switchedAt(thawedMs)) - thawedMs)
    await reaches(0, 'on_air')
    slate.away.push(between - before)
    slate.back.push((await slateSeconds()) - between)
  }
  await weir.api('POST', `${path}/complete`)
  await weir.status(stream.id, 'idle')
  const recordings = await platform.recordings()
  const report = await analyseRecording(recordings[0]!)
  printTable(`A better input that freezes, ${rounds} times`, [
    ['figure', 'median', 'worst', 'goal'],
    ['frozen → backup on air (0.6 s of it to call it a stall)', ...seconds(toBackupMs), '≤ 1.6 s'],
    ['back → on air again (10 s of it to be sure)', ...seconds(toBetterMs), ''],
    ['slate on the way to the backup', ...seconds(slate.away.map((each) => each * 1000)), ''],
    ['slate on the way back', ...seconds(slate.back.map((each) => each * 1000)), '0 s'],
    ['publish sessions at the platform', recordings.length, '', '1'],
    ['largest video gap there', `${report.largestVideoGapMs.toFixed(0)} ms`, '', '≤ 50 ms'],
    ['decode errors there', report.decodeErrors.length, '', '0'],
  ])
} finally {
  await Promise.all(encoders.map((encoder) => encoder.end('SIGKILL')))
  await weir.close()
  await platform.close()
}

/** When the next change of inputs since then was, by the worker's clock. */
function switchedAt(sinceMs: number): Promise<number> {
  return eventually(
    'the input is changed',
    async () => {
      const event = (await weir.events(stream.id)).find(
        ({ type, at }) => type === 'input.switched' && Date.parse(at) >= sinceMs,
      )
      return event && Date.parse(event.at)
    },
    { timeoutMs: 40_000, intervalMs: 200 },
  )
}

function reaches(index: number, state: string): Promise<unknown> {
  return eventually(
    `input ${index} is ${state}`,
    async () => (await weir.stream(stream.id)).inputs[index]!.state === state,
    { timeoutMs: 40_000, intervalMs: 200 },
  )
}

/** So far; the API hears of it once in three seconds. */
async function slateSeconds(): Promise<number> {
  const askedMs = Date.now()
  return eventually('a new sample', async () => {
    const { sample } = await weir.stream(stream.id)
    return sample && Date.parse(sample.at) > askedMs + 1_000 && sample.slate_seconds
  })
}

function seconds(list: readonly number[]): [string, string] {
  return [`${(quantile(list, 0.5) / 1000).toFixed(2)} s`, `${(Math.max(...list) / 1000).toFixed(2)} s`]
}
