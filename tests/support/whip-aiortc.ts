import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { eventually } from './eventually.ts'
import { streamKey, type TestWhip } from './whip.ts'

export interface PublisherOptions {
  readonly codec?: 'video/H264' | 'video/VP8'
  /** The candidates come after the offer. */
  readonly trickle?: boolean
  readonly key?: string
}

type Report = Readonly<Record<string, unknown>>

/** A publisher that is no browser: aiortc. It sends a flash and a beep at each full second, 320×180. */
export interface AiortcPublisher {
  readonly pid: number
  /** What it reported so far. */
  readonly reports: Report[]
  report(name: string): Promise<unknown>
  order(order: { size?: readonly [number, number]; delete?: boolean; close?: boolean }): void
  end(signal?: NodeJS.Signals): Promise<void>
}

/** Starts one; Debian's python3-aiortc must be there. */
export function startPublisher(whip: TestWhip, options: PublisherOptions = {}): AiortcPublisher {
  const script = new URL('whip-aiortc.py', import.meta.url).pathname
  const words = JSON.stringify({ url: whip.endpointUrl, origin: whip.url, key: streamKey, ...options })
  // Not the first python3 on the PATH: Debian's packages are Debian's Python's.
  const child: ChildProcess = spawn('/usr/bin/python3', [script, words], { stdio: ['pipe', 'pipe', 'pipe'] })
  const reports: Report[] = []
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000)
  })
  child.stdin?.on('error', () => {})
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => reports.push(JSON.parse(line)))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    pid: child.pid ?? 0,
    reports,
    report: async (name) => {
      const found = await eventually(
        `the publisher reports ${name}`,
        () => {
          if (child.exitCode) throw new Error(errors)
          return reports.findLast((report) => name in report)
        },
        { timeoutMs: 25_000 },
      )
      return found[name]
    },
    order: (order) => void child.stdin?.write(`${JSON.stringify(order)}\n`),
    end: async (signal = 'SIGKILL') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
    },
  }
}
