import type { PublishTarget } from './target.ts'
import { PublishRefused, type SentPicture, WhipConnection } from './whip-connection.ts'

/** `reconnecting`: it was live, and tries to be again, for as long as it takes. */
export type BroadcastState = 'idle' | 'connecting' | 'live' | 'reconnecting'

export interface BroadcastView {
  readonly state: BroadcastState
  /** What is wrong and what to do; null: nothing. */
  readonly problem: string | null
  /** When it went live first, by `performance.now()`. */
  readonly liveSinceMs: number | null
}

/** Nothing is sent. */
export const idle: BroadcastView = { state: 'idle', problem: null, liveSinceMs: null }

/** Waits between two tries, ms; the last one stays. */
const backOffMs = [500, 1_000, 2_000, 4_000, 8_000]
/** The connection must stand by then, ms; a broken one may mend itself for so long. */
const connectMs = 10_000
/** Where relays are known that were not tried yet, they are tried sooner, ms. */
const directMs = 4_000
const mendMs = 3_000

/** Keeps one broadcast up until it is stopped: connects, notices the loss, connects again. */
export class Broadcast {
  readonly #target: PublishTarget
  readonly #sound: MediaStreamTrack
  readonly #onChange: (view: BroadcastView) => void
  readonly #stop = new AbortController()
  #picture: SentPicture
  #connection: WhipConnection | undefined
  #iceServers: readonly RTCIceServer[] = []
  #view: BroadcastView = { state: 'connecting', problem: null, liveSinceMs: null }
  #wake: (() => void) | undefined

  constructor(
    target: PublishTarget,
    picture: SentPicture,
    sound: MediaStreamTrack,
    onChange: (view: BroadcastView) => void,
  ) {
    this.#target = target
    this.#picture = picture
    this.#sound = sound
    this.#onChange = onChange
    this.#change({})
    globalThis.addEventListener('online', () => this.#wake?.(), { signal: this.#stop.signal })
    void this.#run()
  }

  /** The connection of now, for figures. */
  get peer(): RTCPeerConnection | undefined {
    return this.#connection?.peer
  }

  show(picture: SentPicture): void {
    this.#picture = picture
    void this.#connection?.show(picture).catch(() => {})
  }

  /** Ends it, and tells the worker; wish and answer are those of {@link WhipConnection.close}. */
  async stop(wish: { readonly endsBroadcast: boolean }): Promise<boolean> {
    if (this.#stop.signal.aborted) return false
    // First, for what the signal wakes says goodbye as well.
    const heard = this.#connection?.close(wish)
    this.#stop.abort()
    this.#wake?.()
    this.#change(idle)
    return (await heard) ?? false
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      try {
        const wasLive = await this.#once()
        failures = wasLive ? 0 : failures + 1
      } catch (error) {
        if (this.#stop.signal.aborted) return
        failures += 1
        const refused = error instanceof PublishRefused ? error : undefined
        const problem = refused?.message ?? 'This browser could not open the connection. Reload the page and try again.'
        if (refused === undefined || refused.isFinal) {
          this.#stop.abort()
          return this.#change({ state: 'idle', problem, liveSinceMs: null })
        }
        this.#change({ problem: `${problem} Trying again …` })
        if (refused.retryAfterMs !== null) await this.#pause(refused.retryAfterMs)
      }
      await this.#pause(backOffMs[Math.min(failures, backOffMs.length - 1)] ?? 0)
    }
  }

  /** Connects and waits for the end of that connection. Gives whether it ever stood. */
  async #once(): Promise<boolean> {
    const tried = this.#iceServers
    const connection = await WhipConnection.open(this.#target, this.#picture, this.#sound, tried, this.#stop.signal)
    // `open` may have been past the point where it listens.
    if (this.#stop.signal.aborted) {
      await connection.close()
      return false
    }
    this.#connection = connection
    this.#iceServers = connection.iceServers
    const hasRelaysLeft = tried.length === 0 && connection.iceServers.length > 0
    try {
      if (!(await this.#stands(connection.peer, hasRelaysLeft ? directMs : connectMs))) {
        if (!this.#stop.signal.aborted && !hasRelaysLeft) this.#change({ problem: noWay })
        return false
      }
      this.#change({ state: 'live', problem: null, liveSinceMs: this.#view.liveSinceMs ?? performance.now() })
      await this.#lost(connection.peer)
      if (!this.#stop.signal.aborted) this.#change({ state: 'reconnecting', problem: lineLost })
      return true
    } finally {
      this.#connection = undefined
      // The place of the old connection becomes free at once, not only after its silence was noticed.
      await Promise.race([connection.close(), this.#pause(2_000)])
    }
  }

  #stands(peer: RTCPeerConnection, limitMs: number): Promise<boolean> {
    return this.#until(
      peer,
      ({ connectionState }) => {
        if (connectionState === 'connected') return true
        return connectionState === 'failed' || connectionState === 'closed' ? false : undefined
      },
      limitMs,
    )
  }

  async #lost(peer: RTCPeerConnection): Promise<void> {
    for (;;) {
      await this.#until(peer, ({ connectionState }) => (connectionState === 'connected' ? undefined : true))
      if (peer.connectionState !== 'disconnected') return
      const mended = await this.#until(
        peer,
        ({ connectionState }) => (connectionState === 'disconnected' ? undefined : connectionState === 'connected'),
        mendMs,
      )
      if (!mended) return
    }
  }

  /** What `judge` says as soon as it says something; false after `limitMs`, or when the broadcast is stopped. */
  #until(
    peer: RTCPeerConnection,
    judge: (peer: RTCPeerConnection) => boolean | undefined,
    limitMs?: number,
  ): Promise<boolean> {
    if (this.#stop.signal.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const listening = new AbortController()
      const settle = (value: boolean) => {
        listening.abort()
        clearTimeout(timer)
        resolve(value)
      }
      const timer = limitMs === undefined ? undefined : setTimeout(() => settle(false), limitMs)
      const look = () => {
        const verdict = judge(peer)
        if (verdict !== undefined) settle(verdict)
      }
      peer.addEventListener('connectionstatechange', look, { signal: listening.signal })
      this.#stop.signal.addEventListener('abort', () => settle(false), { signal: listening.signal })
      look()
    })
  }

  /** Waits, unless the network has just come back, or it is over. */
  #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #change(change: Partial<BroadcastView>): void {
    this.#view = { ...this.#view, ...change }
    this.#onChange(this.#view)
  }
}

const noWay =
  'The picture does not reach the server: a firewall between you and it may block UDP. Try another network, or ask whoever runs Weir to open the WebRTC port. Trying again …'
const lineLost = 'The connection is lost. Viewers see “be right back”. Trying again …'
