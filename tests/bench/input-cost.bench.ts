import { setTimeout as sleep } from 'node:timers/promises'
import { startEncoder } from '#tests/support/encoder.ts'
import { flvFixture } from '#tests/support/media.ts'
import { descendants, startProcess, type TestProcess } from '#tests/support/processes.ts'
import { TestWeir } from '#tests/support/weir.ts'
import { startWhipPublisher } from '#tests/support/whip-file-publisher.ts'
import { cpuSeconds } from './cpu-time.ts'
import { benchSeconds, printTable } from './table.ts'

// What a pushed stream of 3 Mbit/s costs the worker by its kind: Node with all that it does of a stream (one rendition of
// 180 lines, packaged), and the process that helps to take it in. What FFmpeg takes to decode and encode stands beside it.
const seconds = benchSeconds(30)
const fixture = { width: 1280, height: 720, fps: 30, videoBitrateKbps: 3_000, gopSeconds: 1 } as const
const weir = await TestWeir.start()
type Stream = Awaited<ReturnType<typeof weir.createStream>>
const encoders: Record<string, (stream: Stream) => Promise<TestProcess>> = {
  rtmp: ({ stream_key }) => startEncoder(weir.rtmpUrl, stream_key, fixture),
  srt: async ({ ingest }) => {
    const file = await flvFixture({ seconds: 20, ...fixture })
    const input = ['-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', file, '-c', 'copy']
    return startProcess('ffmpeg', [...input, '-f', 'mpegts', ingest.srt.url])
  },
  whip: ({ ingest, stream_key }) => startWhipPublisher(ingest.whip.url, stream_key, fixture),
}
try {
  await sleep(2_000)
  const idle = await measure()
  const rows: string[][] = []
  for (const [kind, start] of Object.entries(encoders)) {
    const stream = await weir.createStream({ ladder: { preset: 'custom', renditions: [{ height: 180 }] } })
    const encoder = await start(stream)
    await weir.playable(stream)
    await sleep(5_000)
    const cost = await measure()
    const kbps = (await weir.stream(stream.id)).source.now?.bitrate_kbps ?? 0
    await encoder.end('SIGKILL')
    await weir.api('POST', `/v1/live-streams/${stream.id}/disable`)
    await weir.status(stream.id, 'disabled')
    const node = cost.node - idle.node
    rows.push([
      kind,
      (kbps / 1000).toFixed(1),
      node.toFixed(1),
      cost.helper.toFixed(1),
      (node + cost.helper).toFixed(1),
      cost.encode.toFixed(1),
    ])
  }
  printTable(`One pushed stream, % of a core over ${seconds} s, less the idle worker`, [
    ['', 'Mbit/s', 'Node', 'helper', 'both', 'FFmpeg that encodes'],
    ...rows,
  ])
} finally {
  await weir.close()
}

/** Percent of a core. */
async function measure(): Promise<{ node: number; helper: number; encode: number }> {
  const { pid } = weir.worker!
  const encoding = weir.ffmpegPids()
  const helping = descendants(pid, 'mode=listener')
  const used = () => ({ node: cpu([pid]), helper: cpu(helping), encode: cpu(encoding) })
  const before = used()
  await sleep(seconds * 1_000)
  const after = used()
  const share = (name: 'node' | 'helper' | 'encode') => ((after[name] - before[name]) / seconds) * 100
  return { node: share('node'), helper: share('helper'), encode: share('encode') }
}

function cpu(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
}
