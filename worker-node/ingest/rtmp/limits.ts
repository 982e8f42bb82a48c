/** What one peer, and all of them, may take from the RTMP server. */
export interface RtmpLimits {
  /** Connections in all, and from one address. */
  readonly connections: number
  readonly connectionsPerAddress: number
  /** Until the handshake (TLS's too) is done, ms. */
  readonly handshakeMs: number
  /** From then until `publish`, ms. */
  readonly publishMs: number
  /** How long `authorize` may take, ms. */
  readonly authorizeMs: number
  /** Without a byte while publishing, ms. */
  readonly idleMs: number
  /** A publisher whose last media is older yields to a newer one with the same key, ms. */
  readonly liveMs: number
  /** Bytes of one message while publishing; before that 64 KiB. */
  readonly maxMessageBytes: number
  /** How far the reader of a publication may be behind before TCP holds the encoder back, bytes. */
  readonly maxBehindBytes: number
  /** How often to ask anew who holds a stream while the worker that was named is silent, and for how long: longer than a lease. Ms. */
  readonly relayAskEachMs: number
  readonly relayPatienceMs: number
}

export const defaultRtmpLimits: RtmpLimits = {
  connections: 500,
  connectionsPerAddress: 50,
  handshakeMs: 5_000,
  publishMs: 10_000,
  authorizeMs: 10_000,
  idleMs: 10_000,
  liveMs: 4_000,
  maxMessageBytes: 8 * 1024 * 1024,
  maxBehindBytes: 4 * 1024 * 1024,
  relayAskEachMs: 1_000,
  relayPatienceMs: 25_000,
}

/** Bytes of one message before the peer was authorised. */
export const maxCommandBytes = 64 * 1024
/** Bytes of answers that a peer may leave unread. */
export const maxUnreadAnswerBytes = 256 * 1024
/** How long a refused peer has to read why, ms. */
export const lingerMs = 1_000
/** A peer that was asked to connect again has so long to do so, milliseconds. */
export const reconnectMs = 10_000
/** Window that we ask for and acknowledge by, bytes. */
export const windowBytes = 2_500_000

/** How long a worker may take until it answers an encoder that is handed on to it, ms. */
export const relayOpeningMs = 3_000
/** While it takes one, it says something at least this often, and counts as dead after the second figure, ms. */
export const relayedSignEachMs = 1_500
export const relaySilenceMs = 6_000
/** What may wait on its way to another worker before TCP holds the encoder back, bytes. */
export const maxRelayBehindBytes = 1024 * 1024
/** In `connect`: this encoder was handed on once, and is not to be handed on again. */
export const relayedMark = 'weirRelayed'
