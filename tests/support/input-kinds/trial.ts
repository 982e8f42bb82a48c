import type { Input } from '#schema/contracts/input.ts'
import type { Issue, LiveStream } from '#schema/contracts/live-stream.ts'
import { eventually } from '../eventually.ts'
import type { NginxRtmp } from '../nginx-rtmp.ts'
import type { TestWeir } from '../weir.ts'

/** One stream with one input under test, and what the API says of it. */
export class Trial {
  readonly weir: TestWeir
  readonly stream: LiveStream & { stream_key: string }

  constructor(weir: TestWeir, stream: LiveStream & { stream_key: string }) {
    this.weir = weir
    this.stream = stream
  }

  /** Creates the stream with a destination of its name at the platform. */
  static async create(
    weir: TestWeir,
    platform: NginxRtmp,
    name: string,
    body: Record<string, unknown>,
  ): Promise<Trial> {
    const stream = await weir.createStream({
      ...{ name, reconnect_window: 600, ladder: { preset: 'custom', renditions: [{ height: 180 }] }, ...body },
    })
    await weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: name })
    return new Trial(weir, stream)
  }

  now(): Promise<LiveStream> {
    return this.weir.stream(this.stream.id)
  }

  async input(): Promise<Input> {
    return (await this.now()).inputs[0]!
  }

  /** Changes the input, as an operator does. */
  async mend(change: Record<string, unknown>): Promise<void> {
    await this.weir.api('PATCH', `/v1/live-streams/${this.stream.id}/inputs/${this.stream.inputs[0]!.id}`, change)
  }

  status(status: LiveStream['status'], timeoutMs = 30_000): Promise<LiveStream> {
    return this.weir.status(this.stream.id, status, timeoutMs)
  }

  /** Waits until the slate is on air; gives how long after the fault that was, by the worker's own clock. */
  async toSlateMs(faultMs: number, timeoutMs: number): Promise<number> {
    const { status_since } = await this.status('reconnecting', timeoutMs)
    return Date.parse(status_since) - faultMs
  }

  /** Waits until the API names one of these issues, and the input says the same in words. */
  issue(...codes: string[]): Promise<Issue> {
    return eventually(
      `the API says ${codes.join(' or ')}`,
      async () => {
        const { health, inputs } = await this.now()
        const found = health.issues.find(({ code }) => codes.includes(code))
        if (!found || inputs[0]!.state !== 'failed') throw new Error(JSON.stringify({ health, input: inputs[0] }))
        return found
      },
      { timeoutMs: 30_000, intervalMs: 200 },
    )
  }

  /** How often the stream has gone on air, from the worker's log: it knows at once, the API with the next heartbeat. */
  timesOnAir(): number {
    return this.#logged().filter(({ event }) => event === 'stream.active').length
  }

  #logged(): { event?: string }[] {
    return this.weir
      .worker!.stderr()
      .split('\n')
      .filter((line) => line.includes(this.stream.id))
      .map((line) => JSON.parse(line))
  }
}
