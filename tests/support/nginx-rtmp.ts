import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'

export interface NginxRtmpOptions {
  /** 0 lets the system choose. */
  readonly port?: number
  /** Record everything that is published. Default true. */
  readonly record?: boolean
  /** Asked by POST for each publisher; an answer other than 2xx refuses it. */
  readonly onPublish?: string
  /** The same for each player. */
  readonly onPlay?: string
  /** Tells by HTTP on this port of loopback, in nginx-rtmp's XML, who publishes and how much came. */
  readonly statisticsPort?: number
}

/** A real nginx-rtmp on loopback with one application, `live`: the stand-in for a platform. */
export interface NginxRtmp {
  readonly port: number
  /** `rtmp://127.0.0.1:<port>/live`, without a key. */
  readonly url: string
  readonly pid: number
  /** The FLV files recorded so far, oldest first: one for each publish session, `<key>-<unix seconds>….flv`. */
  recordings(): Promise<string[]>
  log(): Promise<string>
  /** Kills it as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same port after `kill`. */
  restart(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Stops it and removes what it wrote. */
  close(): Promise<void>
}

export async function startNginxRtmp(options: NginxRtmpOptions = {}): Promise<NginxRtmp> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-nginx-'))
  const port = options.port || (await freePort())
  const configuration = join(folder, 'nginx.conf')
  await writeFile(configuration, nginxConfiguration(folder, port, options))
  let child = await launch(configuration, folder, port)

  const stop = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await exited
  }
  return {
    port,
    url: `rtmp://127.0.0.1:${port}/live`,
    get pid() {
      return child.pid ?? 0
    },
    recordings: async () =>
      (await readdir(folder))
        .filter((name) => name.endsWith('.flv'))
        .sort()
        .map((name) => join(folder, name)),
    log: () => readFile(join(folder, 'error.log'), 'utf8'),
    kill: () => stop('SIGKILL'),
    restart: async () => {
      await stop('SIGKILL')
      child = await launch(configuration, folder, port)
    },
    signal: (signal) => void child.kill(signal),
    close: async () => {
      await stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('There is no free port')
  return address.port
}

async function launch(configuration: string, folder: string, port: number): Promise<ChildProcess> {
  // It must not outlive a test run that dies: setpriv has the kernel see to that, and becomes nginx.
  const nginx = ['nginx', '-p', folder, '-c', configuration, '-e', join(folder, 'error.log')]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...nginx], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr?.on('data', (text: Buffer) => {
    complaint += text
  })
  await eventually(`nginx takes connections on ${port}`, () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${complaint}`)
    return accepts(port)
  })
  return child
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}

function nginxConfiguration(
  folder: string,
  port: number,
  { record = true, onPublish, onPlay, statisticsPort }: NginxRtmpOptions,
): string {
  return `
    load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
    daemon off; master_process off; user root;
    pid ${folder}/nginx.pid; error_log ${folder}/error.log info;
    events { worker_connections 1024; }
    ${statisticsPort ? `http { access_log off; server { listen 127.0.0.1:${statisticsPort}; rtmp_stat all; } }` : ''}
    rtmp { server {
      listen 127.0.0.1:${port};
      application live {
        live on;
        ${record ? `record all; record_path ${folder}; record_unique on; record_max_size 1000M;` : ''}
        ${onPublish ? `on_publish ${onPublish};` : ''}
        ${onPlay ? `on_play ${onPlay};` : ''}
      }
    } }`
}
