import { startTranscode } from '#worker/transcode/transcoder.ts'
import { described, ffmpeg, smallPlan } from './transcode-run.ts'

// A worker in small: transcodes the test pattern, says the process id of its FFmpeg, and goes on until it is killed.
let isReady = false
const transcode = startTranscode({
  ...{ ffmpeg: await ffmpeg, input: { kind: 'test-pattern' }, plans: [smallPlan(described())], source: null },
  signal: AbortSignal.timeout(60_000),
  onTrack: () => {},
  onSample: () => {
    if (!isReady) process.stdout.write(`${JSON.stringify({ pid: transcode.pid })}\n`)
    isReady = true
  },
})
