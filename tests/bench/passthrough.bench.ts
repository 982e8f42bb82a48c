import { setTimeout as sleep } from 'node:timers/promises'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { TestWeir } from '#tests/support/weir.ts'
import { residentMib, treeCpuSeconds } from './cpu-time.ts'
import { benchSeconds, printTable } from './table.ts'

// A stream of 6 Mbit/s that goes out as it came (RTMP in, ladder `source`): CPU of the worker and of all that it starts, the
// picture for previews included, as a share of one core; with and without a destination.
const seconds = benchSeconds(30)
const fixture = { width: 1920, height: 1080, fps: 30, videoBitrateKbps: 6_000, gopSeconds: 2 } as const
const platform = await startNginxRtmp({ record: false })
const weir = await TestWeir.start()
try {
  await sleep(3_000)
  const idle = await share()
  const stream = await weir.createStream({ ladder: { preset: 'source' } })
  const encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, fixture)
  await weir.playable(stream)
  await eventually('the slate is at hand', async () => {
    return (await weir.stream(stream.id)).slate_status?.during?.state === 'ready'
  })
  await sleep(3_000)
  const alone = await share()
  const { sample } = await weir.stream(stream.id)
  await weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'bench' })
  await eventually('the platform is broadcasting', async () => {
    return (await weir.stream(stream.id)).destinations[0]?.state === 'broadcasting'
  })
  await sleep(2_000)
  const fanned = await share()
  await encoder.end('SIGKILL')
  printTable(
    `One stream of ${((sample?.source_bitrate_kbps ?? 0) / 1000).toFixed(1)} Mbit/s, untouched, ${seconds} s`,
    [
      ['', '% of a core', 'less the idle worker', 'goal'],
      ['idle worker', percent(idle), '', ''],
      ['without a destination', percent(alone), percent(alone - idle), ''],
      ['one RTMP destination', percent(fanned), percent(fanned - idle), '≤ 4 %'],
    ],
  )
  process.stdout.write(`  memory of the worker: ${residentMib(weir.worker!.pid).toFixed(0)} MiB\n`)
} finally {
  await weir.close()
  await platform.close()
}

async function share(): Promise<number> {
  const { pid } = weir.worker!
  const before = treeCpuSeconds(pid)
  await sleep(seconds * 1_000)
  return ((treeCpuSeconds(pid) - before) / seconds) * 100
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`
}
