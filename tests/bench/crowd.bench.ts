/**
 * What a crowd that asks for the same at the same moment costs the worker, on each runtime, beside what one viewer does: a held
 * playlist, the part that it hints at, a segment, a segment that still grows, and the first playlist.
 * `npm run bench -- crowd --viewers 1,1000`.
 */
import { Agent, get } from 'node:http'
import { startOrigin } from '#worker/package/origin.ts'
import { reportOf } from '../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo } from '../support/jobs.ts'
import { packageOf } from '../support/live-origin.ts'
import { syntheticMedia } from '../support/live-samples.ts'
import { type BenchControl, controlDeployments } from './control-deployments.ts'
import { machine, printTable } from './table.ts'

const viewersAt = process.argv.indexOf('--viewers')
const crowds = (viewersAt < 0 ? '1,1000' : (process.argv[viewersAt + 1] ?? '')).split(',').map(Number)

const rows: (string | number)[][] = [
  ['control', 'viewers', 'requests', 'of them to the worker', 'failed', 'the last has its held playlist after ms'],
]
for (const start of controlDeployments) {
  const control = await start()
  try {
    for (const viewers of crowds) {
      rows.push([control.name, viewers, ...(await measure(control, viewers))])
      process.stderr.write(`${rows.at(-1)?.join('  ')}\n`)
    }
  } finally {
    await control.stop()
  }
}
printTable(`A crowd at one moment, ${machine()}`, rows)
process.exit(0)

async function measure(bench: BenchControl, viewers: number): Promise<(string | number)[]> {
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${bench.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bench.token}`, 'content-type': 'application/json' },
      ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
    })
  const control = { url: bench.url, call }
  const stream = await addStream(control)
  // Segments of four seconds: what is kept for six of them outlasts the slowest crowd.
  const { package: live, feed } = packageOf(syntheticMedia(), 'tutorial')
  feed.advance(13)
  let asked = 0
  const origin = await startOrigin({
    ...{ host: '127.0.0.1', port: 0, resolve: () => ({ package: live }), log: () => {} },
    handle: ({ url = '' }) => {
      // Not control's own looks after a worker that has gone silent.
      if (url.startsWith('/live/')) asked++
      return false
    },
  })
  const worker = await addWorker(control, { originUrl: `http://127.0.0.1:${origin.port}` })
  await worker.beat([reportOf(await claimed(await publishTo(worker, stream)))])

  const agent = new Agent({ keepAlive: true })
  const url = `${bench.url}/live/${stream.playback_ids[0]?.id}`
  const tally = { requests: 0, failed: 0 }
  const ask = async (file: string) => {
    tally.requests++
    if (!(await arrives(`${url}/${file}`, agent))) tally.failed++
  }
  /** A crowd for one file: once the worker is asked for it, `comes` lets it come. Gives how long the last of them waits then, ms. */
  const crowd = async (file: string, comes = () => {}): Promise<number> => {
    const before = asked
    const all = Array.from({ length: viewers }, () => ask(file))
    while (asked === before) await new Promise((resolve) => setTimeout(resolve, 5))
    const cameMs = performance.now()
    comes()
    await Promise.all(all)
    return performance.now() - cameMs
  }
  const { sequence, parts } = live.track('180p')?.window.open ?? { sequence: 0, parts: [] }
  const next = parts.length

  await crowd('index.m3u8')
  await crowd(`epoch1/180p/${sequence - 1}.m4s`)
  const heldMs = await crowd(`180p.m3u8?_HLS_msn=${sequence}&_HLS_part=${next}`, () => feed.advance(0.4))
  await crowd(`epoch1/180p/${sequence}.${next + 1}.m4s`, () => feed.advance(0.4))
  await crowd(`epoch1/90p/${sequence}.m4s`, () => feed.advance(4))
  agent.destroy()
  await origin.close()
  return [tally.requests, asked, tally.failed, Math.round(heldMs)]
}

/** Whether the whole of a 200 came. */
function arrives(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume()
      response.on('error', () => resolve(false))
      response.on('end', () => resolve(response.statusCode === 200))
    }).on('error', () => resolve(false))
  })
}
