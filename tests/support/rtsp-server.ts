import { readyLine, startProcess, type TestProcess } from './processes.ts'
import { whenOver } from './when-over.ts'

/** Real RTSP servers (GStreamer's) on loopback; their paths are told in rtsp-server.py. */
export interface RtspServer {
  /** `rtsp://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  /** `127.0.0.1:<port>`, which wants the user `user` with the password `secret`. */
  readonly privateHost: string
  readonly process: TestProcess
}

const script = new URL('rtsp-server.py', import.meta.url).pathname

/** Starts them. The system's own Python has GStreamer: python3-gi and gir1.2-gst-rtsp-server-1.0. */
export async function startRtspServer(): Promise<RtspServer> {
  const started = startProcess('setpriv', ['--pdeathsig', 'KILL', '--', '/usr/bin/python3', script])
  whenOver(() => void started.end('SIGKILL'))
  const { port, privatePort } = await readyLine<{ port: number; privatePort: number }>('the RTSP server', started)
  return { url: `rtsp://127.0.0.1:${port}`, port, privateHost: `127.0.0.1:${privatePort}`, process: started }
}
