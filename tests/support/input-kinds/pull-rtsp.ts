import { readyLine, startProcess, type TestProcess } from '../processes.ts'
import { startRelay } from '../relay.ts'
import type { InputKind, PictureWidth } from './input-kind.ts'
import { startNoiseServer } from './noise.ts'

const script = new URL('../rtsp-server.py', import.meta.url).pathname

/** Weir plays from GStreamer's RTSP server, as from a camera with a password. */
export async function pullRtspKind(): Promise<InputKind> {
  let camera: TestProcess | undefined
  let width: PictureWidth = 320
  const start = async () => {
    const size = [String(width), String((width * 9) / 16)]
    camera = startProcess('setpriv', ['--pdeathsig', 'KILL', '--', '/usr/bin/python3', script, ...size])
    return (await readyLine<{ privatePort: number }>('the RTSP server', camera)).privatePort
  }
  const kill = async () => void (await camera?.end('SIGKILL'))
  const relay = await startRelay(await start())
  const resume = async () => relay.aim(await start())
  const noise = await startNoiseServer()
  const address = (password: string) => `rtsp://user:${password}@127.0.0.1:${relay.port}/camera`
  return {
    protocol: 'rtsp',
    source: { type: 'pull', url: address('wrong') },
    toSlateMs: { kill: 1_800, freeze: 1_800, 'half-open': 1_800 },
    wrongSecret: async (trial) => {
      await trial.issue('unauthorized')
    },
    garbage: async (trial) => {
      await trial.mend({ url: `rtsp://127.0.0.1:${noise.port}/camera` })
      await trial.issue('source_unreadable')
    },
    begin: (trial) => trial.mend({ url: address('secret') }),
    kill,
    resume,
    freeze: () => void camera?.child.kill('SIGSTOP'),
    thaw: () => void camera?.child.kill('SIGCONT'),
    cut: () => relay.blackhole(),
    heal: async () => relay.heal(),
    change: async () => {
      width = 480
      await kill()
      await resume()
    },
    restart: async () => {
      await kill()
      await resume()
    },
    close: async () => {
      await kill()
      await relay.close()
      await noise.close()
    },
  }
}
