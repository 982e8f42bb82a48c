import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose'
import { verifyKeySet } from '#schema/key-set.ts'
import type { Log } from '../observe/log.ts'
import { type Identity, saveIdentity } from './identity.ts'

interface TrustedKeysOptions {
  readonly identity: Identity
  readonly stateDir: string
  readonly log: Log
}

/**
 * The public keys of control that this worker believes: those that it pinned when it joined, and what these said since. Nobody
 * else can put a key among them.
 */
export class TrustedKeys {
  readonly #options: TrustedKeysOptions
  #keys: readonly JWK[]
  #find: JWTVerifyGetKey

  constructor(options: TrustedKeysOptions) {
    this.#options = options
    this.#keys = options.identity.jwks.keys
    this.#find = createLocalJWKSet(options.identity.jwks)
  }

  /** Finds the key of a token among those of now. */
  readonly find: JWTVerifyGetKey = (header, token) => this.#find(header, token)

  /** Their ids. */
  get ids(): string[] {
    return this.#keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]))
  }

  /**
   * Takes a set of keys that control signed with one that is believed now, and keeps it on disk. Throws a JobRefused for any
   * other, and changes nothing then.
   */
  async learn(token: string, now: Date): Promise<void> {
    const { identity, stateDir, log } = this.#options
    const keys = (await verifyKeySet(token, identity.workerId, this.#find, now)) as JWK[]
    this.#find = createLocalJWKSet({ keys })
    this.#keys = keys
    log.info({ keys: this.ids }, 'control changes its signing keys')
    await saveIdentity(stateDir, { ...identity, jwks: { keys } })
  }
}
