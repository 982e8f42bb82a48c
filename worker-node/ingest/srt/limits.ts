/** What one caller, and all of them, may take from the SRT server. */
export interface SrtLimits {
  /** Callers in all, and from one address. */
  readonly callers: number
  readonly callersPerAddress: number
  /** Callers that are being let in at the same time; each costs a process that starts. */
  readonly opening: number
  /** From the conclusion of the handshake until media may flow, `authorize` in it, ms. */
  readonly openingMs: number
  /** Handshakes per second from one address. */
  readonly handshakesPerSecond: number
  /** Without a datagram of the caller, ms. */
  readonly idleMs: number
  /** Without any media although it is connected, ms. */
  readonly silentMs: number
  /** A caller whose last media is older yields to a newer one with the same key, ms. */
  readonly liveMs: number
  /** How far the reader of a source may be behind before it skips, bytes. */
  readonly maxBehindBytes: number
}

export const defaultSrtLimits: SrtLimits = {
  callers: 200,
  callersPerAddress: 50,
  opening: 20,
  openingMs: 10_000,
  handshakesPerSecond: 100,
  idleMs: 5_000,
  silentMs: 10_000,
  liveMs: 4_000,
  maxBehindBytes: 4 * 1024 * 1024,
}

/** No SRT packet is longer: an Ethernet frame less the headers of IP and UDP. */
export const maxDatagramBytes = 1_500
/** How long a refusal is remembered, to answer repeated handshakes without asking again, ms. */
export const refusalMs = 3_000
/** Refusals remembered at most. */
export const maxRefusals = 1_000
/** For callers that were told nothing. */
export const defaultLatencyMs = 200
/** Longer ones would not fit libsrt's receive buffer at usual bit rates. */
export const maxLatencyMs = 8_000
