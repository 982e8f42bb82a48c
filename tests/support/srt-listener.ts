import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { eventually } from './eventually.ts'
import { freeUdpPort } from './free-udp-port.ts'
import { startProcess, type TestProcess } from './processes.ts'

/** An FFmpeg that waits for one SRT caller and writes down what it sends; gone with the test. */
export interface SrtListener {
  readonly port: number
  readonly process: TestProcess
  /** A transport stream. */
  readonly file: string
}

export async function startSrtListener({ port = 0, passphrase = '', latencyMs = 120 } = {}): Promise<SrtListener> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-srt-'))
  const file = join(folder, 'received.ts')
  const at = port || (await freeUdpPort())
  const url = `srt://127.0.0.1:${at}?mode=listener&listen_timeout=60000000&latency=${latencyMs * 1_000}`
  const listener = startProcess('ffmpeg', [
    ...['-hide_banner', '-v', 'error', '-nostdin', '-y', ...(passphrase ? ['-passphrase', passphrase] : [])],
    ...['-f', 'mpegts', '-i', url, '-map', '0', '-c', 'copy', file],
  ])
  onTestFinished(async () => {
    await listener.end('SIGKILL')
    await rm(folder, { recursive: true })
  })
  const entry = `:${at.toString(16).toUpperCase().padStart(4, '0')} `
  await eventually('it listens', () => readFileSync('/proc/net/udp', 'latin1').includes(entry))
  return { port: at, process: listener, file }
}
