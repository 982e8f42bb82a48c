import { startEncoder } from '../support/encoder.ts'
import { eventually } from '../support/eventually.ts'
import { startNginxRtmp } from '../support/nginx-rtmp.ts'
import { analyseRecording } from '../support/recording.ts'
import { TestWeir } from '../support/weir.ts'
import { printTable, quantile } from './table.ts'

// Ten kills of the source, of random length, in one publish session: what a real platform recorded.
const kills = 10
const weir = await TestWeir.start()
const platform = await startNginxRtmp()
const stream = await weir.createStream({ reconnect_window: 600, encoder_preset: 'veryfast' })
await weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'bench' })

let encoder = await startEncoder(weir.rtmpUrl, stream.stream_key)
await weir.status(stream.id, 'active')
const toSlateMs: number[] = []
const toLiveMs: number[] = []
try {
  for (let kill = 0; kill < kills; kill++) {
    await wait(2_000 + Math.random() * 2_000)
    const goneMs = Date.now()
    await encoder.end('SIGKILL')
    toSlateMs.push(Date.parse((await weir.status(stream.id, 'reconnecting')).status_since) - goneMs)
    await wait(Math.random() * 6_000)
    const backMs = Date.now()
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key)
    toLiveMs.push(Date.parse((await weir.status(stream.id, 'active')).status_since) - backMs)
  }
  await wait(2_000)
  await weir.api('POST', `/v1/live-streams/${stream.id}/complete`)
  await weir.status(stream.id, 'idle')
  const recordings = await eventually('the recording is there', async () => {
    const files = await platform.recordings()
    return files.length > 0 && files
  })
  const report = await analyseRecording(recordings[0]!)
  printTable(`Continuity at nginx-rtmp over ${kills} source kills`, [
    ['figure', 'measured', 'goal'],
    ['publish sessions', recordings.length, '1'],
    ['pictures received', report.videoPackets, ''],
    ['largest video DTS gap', `${report.largestVideoGapMs.toFixed(0)} ms`, '≤ 50 ms'],
    ['largest audio DTS gap', `${report.largestAudioGapMs.toFixed(0)} ms`, '≤ 30 ms'],
    ['non-monotonic DTS', report.nonMonotonic, '0'],
    ['decode errors', report.decodeErrors.length, '0'],
    ['kill → slate, median / worst', `${quantile(toSlateMs, 0.5)} / ${Math.max(...toSlateMs)} ms`, '≤ 1000 ms'],
    ['encoder start → live, median / worst', `${quantile(toLiveMs, 0.5)} / ${Math.max(...toLiveMs)} ms`, ''],
  ])
} finally {
  await encoder.end('SIGKILL')
  await weir.close()
  await platform.close()
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
