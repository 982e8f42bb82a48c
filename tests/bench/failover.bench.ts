import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { eventually } from '../support/eventually.ts'
import { TestFleet } from '../support/fleet.ts'
import { longestOverlapMs, startWatchingPlatform } from '../support/watching-platform.ts'
import { printTable, quantile } from './table.ts'

// From the death of a worker (kill −9) to playing again, as a player and a platform see it: three workers, one stream that moves from
// one to the next. A lease lasts 15 s; what is above that is ours. `npm run bench -- failover --runs 5` is shorter.
const at = process.argv.indexOf('--runs')
const runs = at < 0 ? 20 : Number(process.argv[at + 1])
const patient = { timeoutMs: 90_000, intervalMs: 50 }

const fleet = await TestFleet.start([{}, {}, {}])
const platform = await startWatchingPlatform()
try {
  const stream = await fleet.weir.createStream({
    ...{ name: 'Moves', source: { type: 'test' }, latency_mode: 'low_latency' },
    ladder: { preset: 'custom', renditions: [{ height: 180 }] },
  })
  await fleet.weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'key' })
  await fleet.weir.status(stream.id, 'active')
  const viewers: number[] = []
  const destinations: number[] = []
  let starting: Promise<void> | undefined
  for (let run = 0; run < runs; run++) {
    const before = await eventually('it plays', () => newestPart(stream), patient)
    const sessions = platform.sessions().length
    const holder = await eventually('somebody runs it', () => fleet.holderOf(stream.id), patient)
    const killedMs = performance.now()
    holder.signal('SIGKILL')
    const [viewerMs, platformMs] = await Promise.all([
      eventually(
        'it plays again',
        async () => ((await newestPart(stream)) ?? before) > before && performance.now(),
        patient,
      ),
      eventually('it is sent again', () => platform.sessions()[sessions]?.fromMs, patient),
    ])
    viewers.push((viewerMs - killedMs) / 1_000)
    destinations.push((platformMs - killedMs) / 1_000)
    process.stdout.write(`${run + 1}: ${viewers.at(-1)!.toFixed(1)} s, ${destinations.at(-1)!.toFixed(1)} s\n`)
    await starting
    starting = holder.start()
  }
  await starting
  const row = (who: string, seconds: readonly number[]) => [
    who,
    ...[quantile(seconds, 0.5), Math.min(...seconds), Math.max(...seconds)].map((value) => value.toFixed(1)),
  ]
  printTable(`From a worker's death to playing again, ${runs} times, s`, [
    ['', 'median', 'best', 'worst'],
    row('a player, through control', viewers),
    row('a destination', destinations),
  ])
  process.stdout.write(
    `Two publishers at a time at the destination: ${longestOverlapMs(platform.sessions()).toFixed(0)} ms\n`,
  )
} finally {
  await fleet.close()
  await platform.close()
}
process.exit(0)

/** Number of the segment that control's playlist names as the next, once media is there; undefined: nothing plays. */
async function newestPart({ playback_ids }: LiveStream): Promise<number | undefined> {
  const base = `${fleet.weir.url}/live/${playback_ids[0]!.id}/`
  const answer = await fetch(`${base}180p.m3u8`).catch(() => undefined)
  if (!answer?.ok) return undefined
  const playlist = await answer.text()
  const number = /PRELOAD-HINT.*URI="(?:[^"]*\/)?(\d+)\.\d+\.m4s/.exec(playlist)?.[1]
  const part = [...playlist.matchAll(/EXT-X-PART:.*URI="([^"]+)"/g)].at(-1)?.[1]
  if (number === undefined || part === undefined) return undefined
  return (await fetch(new URL(part, base))).ok ? Number(number) : undefined
}
