import { createServer } from 'node:http'
import { startEncoder } from '../encoder.ts'
import { startNginxRtmp } from '../nginx-rtmp.ts'
import { startRelay } from '../relay.ts'
import { listen } from '../tcp-tap.ts'
import type { InputKind, PictureWidth } from './input-kind.ts'
import { startNoiseServer } from './noise.ts'
import { Persistent } from './persistent.ts'
import { picture } from './picture.ts'

/** Weir plays from an nginx-rtmp, which lets in who shows its token. */
export async function pullRtmpKind(): Promise<InputKind> {
  const doorman = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk
    })
    request.on('end', () => response.writeHead(body.includes('token=secret') ? 200 : 403).end())
  })
  const onPlay = `http://127.0.0.1:${await listen(doorman)}/`
  const server = await startNginxRtmp({ record: false, onPlay })
  const relay = await startRelay(server.port)
  const noise = await startNoiseServer()
  let width: PictureWidth = 320
  const encoder = new Persistent(() => startEncoder(server.url, 'camera', picture(width)))
  encoder.begin()
  const address = (token: string) => `rtmp://127.0.0.1:${relay.port}/live/camera?token=${token}`
  return {
    protocol: 'rtmp',
    source: { type: 'pull', url: address('wrong') },
    toSlateMs: { kill: 1_800, freeze: 1_800, 'half-open': 1_800 },
    wrongSecret: async (trial) => {
      await trial.issue('forbidden', 'not_found', 'source_lost')
    },
    garbage: async (trial) => {
      await trial.mend({ url: `rtmp://127.0.0.1:${noise.port}/live/camera` })
      await trial.issue('source_unreadable')
    },
    begin: (trial) => trial.mend({ url: address('secret') }),
    kill: () => server.kill(),
    resume: () => server.restart(),
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    cut: () => relay.blackhole(),
    heal: async () => relay.heal(),
    change: async () => {
      width = 480
      await encoder.restart()
    },
    restart: () => server.restart(),
    close: async () => {
      await encoder.stop()
      await relay.close()
      await noise.close()
      await server.close()
      doorman.close()
    },
  }
}
