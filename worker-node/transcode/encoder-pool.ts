import type { EncoderCapacity } from '#schema/contracts/worker.ts'
import { type VideoEncoder, videoEncoders } from '#schema/enums.ts'
import type { Log } from '../observe/log.ts'
import type { HardwareEncoder, Probe } from './encoder-probe.ts'

/** Waits before an encoder that failed in a stream is tried again, milliseconds; each is twice the one before. */
const firstWaitMs = 10_000
const longestWaitMs = 600_000

export interface EncoderPoolOptions {
  /** What x264 does on this machine: see capacity.ts. */
  readonly softwareUnits: number
  readonly probe: (encoder: HardwareEncoder) => Promise<Probe>
  readonly log: Pick<Log, 'debug' | 'info'>
}

/**
 * The encoders of this machine that work, as far as is known. What a test has shown at the start of the worker is taken
 * away by a failure in a stream, and given back by another test. Nothing is kept over a restart: drivers change with it.
 */
export class EncoderPool {
  readonly #options: EncoderPoolOptions
  readonly #working = new Map<VideoEncoder, EncoderCapacity>()
  readonly #retries = new Map<VideoEncoder, NodeJS.Timeout>()
  #isClosed = false

  constructor(options: EncoderPoolOptions) {
    this.#options = options
  }

  /** Best first; software last. */
  get encoders(): EncoderCapacity[] {
    const found = hardwareEncoders.flatMap((name) => this.#working.get(name) ?? [])
    return [...found, { name: 'software', encode_units: this.#options.softwareUnits }]
  }

  /** Tries out what there may be, one after the other, so that each is measured alone. */
  async find(possible: readonly HardwareEncoder[]): Promise<void> {
    for (const encoder of possible) if (!this.#isClosed) await this.#try(encoder)
  }

  /** It failed in a stream: nobody gets it until it has passed its test again. */
  failed(encoder: VideoEncoder): void {
    if (this.#working.delete(encoder) && encoder !== 'software') this.#tryLater(encoder, firstWaitMs)
  }

  close(): void {
    this.#isClosed = true
    for (const timer of this.#retries.values()) clearTimeout(timer)
  }

  #tryLater(encoder: HardwareEncoder, waitMs: number): void {
    if (this.#isClosed) return
    const timer = setTimeout(async () => {
      if (!(await this.#try(encoder))) this.#tryLater(encoder, Math.min(waitMs * 2, longestWaitMs))
    }, waitMs)
    this.#retries.set(encoder, timer)
  }

  async #try(encoder: HardwareEncoder): Promise<boolean> {
    const { probe, log } = this.#options
    const result = await probe(encoder)
    if ('reason' in result) log.debug({ encoder, reason: result.reason }, 'not an encoder of this machine')
    else {
      this.#working.set(encoder, result.capacity)
      log.info({ encoder, encode_units: result.capacity.encode_units }, 'an encoder of this machine')
    }
    return 'capacity' in result
  }
}

const hardwareEncoders = videoEncoders.filter((name) => name !== 'software')
