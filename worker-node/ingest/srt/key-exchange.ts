import { randomBytes } from 'node:crypto'
import { rewrapKeys } from './key-material.ts'

/** What a caller's keys came to: the message for the listener, or why there is none. */
export type KeyRequest = Buffer | 'wrong_passphrase' | 'malformed'

/**
 * Takes a caller's stream encryption keys, locked with the stream's passphrase, and locks them anew with one that is made up
 * for this connection: the listener knows only that one. So the stream's passphrase never leaves this process, and a
 * caller that does not know it is found out before a listener is started.
 */
export class KeyExchange {
  readonly #passphrase: string
  /** For the listener. It is of no use to anybody once the one caller is connected. */
  readonly listenerPassphrase = randomBytes(24).toString('hex')
  #fromCaller: Buffer | undefined
  #forListener: Buffer | undefined

  constructor(passphrase: string) {
    this.#passphrase = passphrase
  }

  /** A caller's Key Material message, from the handshake or later when it changes its keys. */
  async request(message: Buffer): Promise<KeyRequest> {
    if (this.#forListener && this.#fromCaller?.equals(message)) return this.#forListener
    const rewrapped = await rewrapKeys(message, this.#passphrase, this.listenerPassphrase)
    if (rewrapped === undefined) return 'wrong_passphrase'
    if (rewrapped === 'malformed') return rewrapped
    // A copy: the message is part of a datagram.
    this.#fromCaller = Buffer.from(message)
    this.#forListener = rewrapped
    return rewrapped
  }

  /** The listener's answer as the caller expects it: a listener that agrees repeats what it was sent. */
  response(message: Buffer): Buffer {
    return this.#fromCaller && this.#forListener?.equals(message) ? this.#fromCaller : message
  }
}
