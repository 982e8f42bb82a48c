import type { JWTVerifyGetKey } from 'jose'
import * as v from 'valibot'
import {
  type DestinationCheckOrder,
  type DestinationCheckResult,
  destinationCheckSecrets,
} from '#schema/contracts/destination-check.ts'
import { openSecret, verifyCheck } from '#schema/job-signature.ts'
import type { Address } from '../fanout/target.ts'
import type { Log } from '../observe/log.ts'
import type { ControlClient } from './control-client.ts'

/** Tried at the same time at most; others wait for the next heartbeat. */
const maxAtOnce = 4
/** Orders are known again for so many: one comes with every heartbeat until its result is there. */
const maxRemembered = 100

export interface DestinationChecksOptions {
  readonly workerId: string
  /** Control's public keys, pinned when the worker joined. */
  readonly trustedKeys: JWTVerifyGetKey
  /** Our X25519 key. */
  readonly sealingKey: CryptoKey
  readonly control: Pick<ControlClient, 'post' | 'unixMs'>
  readonly check: (address: Address, authorities: readonly string[]) => Promise<DestinationCheckResult>
  readonly log: Log
}

/** Tries connections on control's order, each until its result has come through. */
export class DestinationChecks {
  readonly #options: DestinationChecksOptions
  readonly #known = new Set<string>()
  #running = 0

  constructor(options: DestinationChecksOptions) {
    this.#options = options
  }

  /** Takes the orders of a heartbeat's answer. Never throws; resolves when those it has taken are done. */
  async take(tokens: readonly string[]): Promise<void> {
    await Promise.all(tokens.map((token) => this.#takeOne(token)))
  }

  async #takeOne(token: string): Promise<void> {
    const { workerId, trustedKeys, control, log } = this.#options
    let order: DestinationCheckOrder | undefined
    try {
      order = await verifyCheck(token, workerId, trustedKeys, new Date(control.unixMs()))
      if (this.#known.has(order.id) || this.#running >= maxAtOnce) return
      this.#remember(order.id)
      this.#running++
      await this.#run(order).finally(() => this.#running--)
    } catch (error) {
      // Its result has not come through: it is tried again when the order comes again.
      if (order) this.#known.delete(order.id)
      log.error({ err: error }, 'a destination could not be tried')
    }
  }

  async #run({ id, url, ca_pem, sealed_secrets }: DestinationCheckOrder): Promise<void> {
    const { sealingKey, control, check } = this.#options
    const opened: unknown = JSON.parse(await openSecret(sealed_secrets, sealingKey))
    const { stream_key, srt_passphrase } = v.parse(destinationCheckSecrets, opened)
    const address = { url, streamKey: stream_key, srtPassphrase: srt_passphrase }
    const result = await check(address, ca_pem === null ? [] : [ca_pem])
    await control.post(`/worker/v1/destination-checks/${id}`, result, v.unknown())
  }

  #remember(id: string): void {
    const [oldest] = this.#known
    if (this.#known.size >= maxRemembered && oldest !== undefined) this.#known.delete(oldest)
    this.#known.add(id)
  }
}
