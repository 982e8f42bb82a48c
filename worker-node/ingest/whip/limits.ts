/** What one publisher, and all of them, may take of the WHIP endpoint. */
export interface WhipLimits {
  /** Sessions in all, and of one live stream. Many streams may come from one address: control's, which hands them on. */
  readonly sessions: number
  readonly sessionsPerStream: number
  /** Requests that wait for `authorize`, in all. */
  readonly pendingRequests: number
  /** Bytes of an SDP offer or of a trickle fragment. */
  readonly maxSdpBytes: number
  /** How long `authorize` may take, ms. */
  readonly authorizeMs: number
  /** From the answer until DTLS is up, ms: less than publishers wait, so that it is known why they leave. */
  readonly connectMs: number
  /** Without a packet of media, ms: then the source is lost. */
  readonly silenceMs: number
  /** How far the reader may be behind before media is skipped up to a keyframe, bytes. */
  readonly maxBehindBytes: number
  /** What a publisher is told to send at most, kbit/s (REMB). */
  readonly maxBitrateKbps: number
}

export const defaultWhipLimits: WhipLimits = {
  sessions: 100,
  sessionsPerStream: 20,
  pendingRequests: 64,
  maxSdpBytes: 64 * 1024,
  authorizeMs: 10_000,
  connectMs: 8_000,
  silenceMs: 4_000,
  maxBehindBytes: 4 * 1024 * 1024,
  maxBitrateKbps: 8_000,
}
