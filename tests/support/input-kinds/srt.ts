import { expect } from 'vitest'
import { startDatagramRelay } from '../datagram-relay.ts'
import { eventually } from '../eventually.ts'
import { flvFixture } from '../media.ts'
import { startProcess, type TestProcess } from '../processes.ts'
import type { TestWeir } from '../weir.ts'
import { encoderKind } from './encoder-kind.ts'
import type { InputKind } from './input-kind.ts'
import { picture } from './picture.ts'
import type { Trial } from './trial.ts'

/** FFmpeg pushes SRT. */
export async function srtKind(weir: TestWeir): Promise<InputKind> {
  const port = Number(new URL(weir.srtUrl).port)
  const relay = await startDatagramRelay(port)
  const address = (trial: Trial) => trial.stream.ingest.srt.url.replace(`:${port}?`, `:${relay.port}?`)
  return encoderKind({
    protocol: 'srt',
    // 200 ms of SRT's latency come on top.
    toSlateMs: { kill: 1_800, freeze: 1_800, 'half-open': 1_800 },
    relay,
    start: (trial, width) => call(address(trial), width),
    wrongSecret: async (trial) => {
      const caller = await call(address(trial).replace(/passphrase=\w+/, 'passphrase=wrong-wrong-wrong'), 320)
      await eventually('it is refused', () => caller.hasEnded())
      expect(caller.stderr()).toMatch(/rror/)
      await eventually('the API says why', async () => {
        const events = await trial.weir.events(trial.stream.id)
        return events.some(({ type, detail }) => type === 'input.refused' && detail.includes('passphrase'))
      })
      expect(await trial.now()).toMatchObject({ status: 'idle', status_reason: 'encoder_refused' })
    },
    garbage: async (trial) => {
      const caller = await call(address(trial), 320, 'flv')
      await eventually('the API says that it could not be read', async () => {
        return (await trial.now()).status_reason === 'source_failed'
      })
      await caller.end('SIGKILL')
    },
    close: async () => relay.close(),
  })
}

async function call(url: string, width: 320 | 480, format = 'mpegts'): Promise<TestProcess> {
  const file = await flvFixture(picture(width))
  const input = ['-hide_banner', '-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', file]
  return startProcess('ffmpeg', [...input, '-c', 'copy', '-f', format, url])
}
