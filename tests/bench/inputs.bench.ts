import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { eventually } from '#tests/support/eventually.ts'
import { channelKind } from '#tests/support/input-kinds/channel.ts'
import type { InputKind } from '#tests/support/input-kinds/input-kind.ts'
import { inputKinds } from '#tests/support/input-kinds/kinds.ts'
import { Trial } from '#tests/support/input-kinds/trial.ts'
import { startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { TestWeir } from '#tests/support/weir.ts'
import { printTable, quantile } from './table.ts'
import { loggedAt } from './worker-log.ts'

// Each kind of input through the whole product, one after the other: how soon its first segment can be fetched from the worker,
// how soon the slate is on air once it falls silent or is killed, and how soon it is live once it is back. Encoders count
// from the moment when they are let in, what is fetched from the order to, or from when its server is back.
// It takes a minute and a half a round: `npm run bench -- inputs --rounds 1`.
const at = process.argv.indexOf('--rounds')
const rounds = at < 0 ? 3 : Number(process.argv[at + 1])
const channel = await channelKind()
const weir = await TestWeir.start(channel.environment)
const platform = await startNginxRtmp({ record: false })
const rows: string[][] = []
try {
  for (const [name, make] of Object.entries(inputKinds)) {
    const row = [name, ...(await measure(name, await make(weir, channel)))]
    process.stderr.write(`${row.join('  ')}\n`)
    rows.push(row)
  }
} finally {
  await weir.close()
  await platform.close()
}
printTable(`Each kind of input, ${rounds} times: median / worst, seconds`, [
  ['', 'begin → can be played', 'frozen → slate', 'gone → slate', 'back → live'],
  ...rows,
])

async function measure(name: string, kind: InputKind): Promise<string[]> {
  const times = { part: [] as number[], frozen: [] as number[], gone: [] as number[], back: [] as number[] }
  try {
    for (let round = 0; round < rounds; round++) await once(kind, `${name}-${round}`, times)
  } finally {
    await kind.close()
  }
  return [times.part, times.frozen, times.gone, times.back].map(
    (list) => `${(quantile(list, 0.5) / 1000).toFixed(1)} / ${(Math.max(...list) / 1000).toFixed(1)}`,
  )
}

async function once(
  kind: InputKind,
  name: string,
  times: Record<'part' | 'frozen' | 'gone' | 'back', number[]>,
): Promise<void> {
  const isPushed = kind.source.type === 'push'
  const trial = await Trial.create(weir, platform, name, { source: kind.source, enabled: isPushed })
  const { stream } = trial
  let askedMs = Date.now()
  await kind.begin(trial)
  if (!isPushed) {
    // A server of its own has time to be there.
    await sleep(1_500)
    askedMs = Date.now()
    await weir.api('POST', `/v1/live-streams/${stream.id}/enable`)
  }
  const partMs = await firstPartMs(stream)
  times.part.push(partMs - (isPushed ? await letInMs(askedMs) : askedMs))
  await eventually('the slate is at hand', async () => (await trial.now()).slate_status?.during?.state === 'ready')
  await sleep(2_000)

  const frozenMs = Date.now()
  kind.freeze()
  times.frozen.push((await statusMs(stream, 'reconnecting', frozenMs)) - frozenMs)
  const thawedMs = Date.now()
  kind.thaw()
  await statusMs(stream, 'active', thawedMs)
  await sleep(3_000)

  const goneMs = Date.now()
  await kind.kill()
  times.gone.push((await statusMs(stream, 'reconnecting', goneMs)) - goneMs)
  await sleep(2_000)
  await kind.resume()
  const backMs = Date.now()
  const liveMs = await statusMs(stream, 'active', backMs)
  times.back.push(liveMs - (isPushed ? await letInMs(backMs) : backMs))

  await weir.api('POST', `/v1/live-streams/${stream.id}/disable`)
  await trial.status('disabled')
  if (isPushed) await kind.kill()
}

function statusMs({ id }: LiveStream, wanted: string, sinceMs: number): Promise<number> {
  return loggedAt(weir, ({ stream, event }) => stream === id && event === `stream.${wanted}`, sinceMs)
}

function letInMs(sinceMs: number): Promise<number> {
  return loggedAt(weir, ({ msg }) => /^an .*publishes/.test(msg), sinceMs)
}

function firstPartMs({ playback_ids: [playback] }: LiveStream): Promise<number> {
  const playlist = `${weir.originUrl}/live/${playback?.id}/180p.m3u8`
  return eventually(
    'the first part',
    async () => (await (await fetch(playlist)).text()).includes('#EXT-X-PART:') && Date.now(),
    { timeoutMs: 60_000, intervalMs: 20 },
  )
}
