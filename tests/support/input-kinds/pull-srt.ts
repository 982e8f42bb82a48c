import { startDatagramRelay } from '../datagram-relay.ts'
import { flvFixture } from '../media.ts'
import { freePort } from '../nginx-rtmp.ts'
import { startProcess } from '../processes.ts'
import type { InputKind, PictureWidth } from './input-kind.ts'
import { Persistent } from './persistent.ts'
import { picture } from './picture.ts'

/** Weir calls an FFmpeg that listens with a passphrase. It takes one caller and ends with it: another one follows. */
export async function pullSrtKind(): Promise<InputKind> {
  const relay = await startDatagramRelay(9)
  let width: PictureWidth = 320
  let format = 'mpegts'
  const listener = new Persistent(async () => {
    const port = await freePort()
    const file = await flvFixture(picture(width))
    const url = `srt://127.0.0.1:${port}?mode=listener&passphrase=0123456789`
    const input = ['-hide_banner', '-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', file]
    relay.aim(port)
    return startProcess('ffmpeg', [...input, '-c', 'copy', '-f', format, url])
  })
  listener.begin()
  const address = (passphrase: string) => `srt://127.0.0.1:${relay.port}?passphrase=${passphrase}`
  return {
    protocol: 'srt',
    source: { type: 'pull', url: address('wrong-wrong-wrong') },
    toSlateMs: { kill: 1_800, freeze: 1_800, 'half-open': 1_800 },
    wrongSecret: async (trial) => {
      await trial.issue('unauthorized')
    },
    garbage: async (trial) => {
      format = 'flv'
      await listener.restart()
      await trial.mend({ url: address('0123456789') })
      await trial.issue('source_unreadable', 'not_media', 'no_media')
    },
    begin: async (trial) => {
      format = 'mpegts'
      await listener.restart()
      await trial.mend({ url: address('0123456789') })
    },
    kill: () => listener.stop(),
    resume: async () => listener.begin(),
    freeze: () => listener.signal('SIGSTOP'),
    thaw: () => listener.signal('SIGCONT'),
    cut: () => relay.blackhole(),
    heal: async () => {
      relay.heal()
      // It takes no second caller.
      await listener.restart()
    },
    change: async () => {
      width = 480
      await listener.restart()
    },
    restart: () => listener.restart(),
    close: async () => {
      await listener.stop()
      relay.close()
    },
  }
}
