import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flvFixture } from '#tests/support/media.ts'
import { freePort } from '#tests/support/nginx-rtmp.ts'
import { startProcess, type TestProcess } from '#tests/support/processes.ts'
import type { SenderTask } from './fanout-sender.ts'

/** Programs that send one feed of 6 Mbit/s to all destinations. */
export interface Sending {
  /** Those whose cost is the cost of sending. */
  readonly pids: readonly number[]
  /** Lets go of memory that is no longer used, where that does not happen at once. */
  readonly collect?: () => Promise<void>
  close(): Promise<void>
}

/** A way to bring one feed to many: ours, or what people do today. */
export interface FanoutWay {
  readonly name: string
  readonly canTls: boolean
  /** `addresses`: with their keys, no two alike. */
  start(addresses: readonly string[], ca: string): Promise<Sending>
}

export const weir: FanoutWay = {
  name: 'Weir',
  canTls: true,
  async start(addresses, ca) {
    const sender = fork(new URL('fanout-sender.ts', import.meta.url), { execArgv: ['--expose-gc'] })
    const exited = new Promise<void>((resolve) => sender.once('exit', () => resolve()))
    sender.send({ addresses, ca } satisfies SenderTask)
    return {
      pids: [sender.pid as number],
      collect: async () => {
        const collected = new Promise((resolve) => sender.once('message', resolve))
        sender.send('collect')
        await collected
      },
      close: () => {
        sender.disconnect()
        return exited
      },
    }
  },
}

const nginxPush: FanoutWay = {
  name: 'nginx-rtmp push',
  canTls: false,
  async start(addresses) {
    const folder = await mkdtemp(join(tmpdir(), 'weir-bench-push-'))
    const port = await freePort()
    const configuration = join(folder, 'nginx.conf')
    await writeFile(configuration, pushConfiguration(folder, port, addresses))
    const nginx = startProcess('nginx', ['-p', folder, '-c', configuration, '-e', join(folder, 'error.log')])
    const encoder = startFfmpeg(await feed(), ['-f', 'flv', `rtmp://127.0.0.1:${port}/live/feed`])
    return {
      pids: [nginx.pid],
      close: async () => {
        await endAll([encoder, nginx])
        await rm(folder, { recursive: true })
      },
    }
  },
}

const ffmpegEach: FanoutWay = {
  name: 'ffmpeg -c copy each',
  canTls: true,
  async start(addresses) {
    const source = await feed()
    return running(addresses.map((address) => startFfmpeg(source, ['-f', 'flv', address])))
  },
}

const ffmpegTee: FanoutWay = {
  name: 'ffmpeg tee',
  canTls: true,
  start: async (addresses) => running([startFfmpeg(await feed(), ['-f', 'tee', teeTargets(addresses)])]),
}

const ffmpegTeeFifo: FanoutWay = {
  name: 'ffmpeg tee, use_fifo',
  canTls: true,
  start: async (addresses) => {
    const fifo = ['-use_fifo', '1', '-fifo_options', 'drop_pkts_on_overflow=1:attempt_recovery=1:recovery_wait_time=1']
    return running([startFfmpeg(await feed(), [...fifo, '-f', 'tee', teeTargets(addresses)])])
  },
}

export const fanoutWays: readonly FanoutWay[] = [weir, nginxPush, ffmpegTee, ffmpegTeeFifo, ffmpegEach]

/** What the others send: 6.06 Mbit/s, as an encoder would publish it. */
function feed(): Promise<string> {
  return flvFixture({ seconds: 20, width: 1280, height: 720, fps: 30, videoBitrateKbps: 5_870, gopSeconds: 2 })
}

function startFfmpeg(source: string, output: readonly string[]): TestProcess {
  const quiet = ['-hide_banner', '-nostdin', '-loglevel', 'error']
  const input = ['-re', '-stream_loop', '-1', '-i', source]
  return startProcess('ffmpeg', [...quiet, ...input, '-map', '0', '-c', 'copy', ...output])
}

const teeTargets = (addresses: readonly string[]) =>
  addresses.map((address) => `[f=flv:onfail=ignore]${address}`).join('|')

function running(processes: readonly TestProcess[]): Sending {
  return { pids: processes.map(({ pid }) => pid), close: () => endAll(processes) }
}

async function endAll(processes: readonly TestProcess[]): Promise<void> {
  await Promise.all(processes.map((each) => each.end('SIGKILL')))
}

function pushConfiguration(folder: string, port: number, addresses: readonly string[]): string {
  return `
    load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
    daemon off; master_process off; user root;
    pid ${folder}/nginx.pid; error_log ${folder}/error.log error;
    events { worker_connections 1024; }
    rtmp { server {
      listen 127.0.0.1:${port};
      application live { live on; ${addresses.map((address) => `push ${address};`).join(' ')} }
    } }`
}
