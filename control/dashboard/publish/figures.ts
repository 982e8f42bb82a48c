/** What is being sent, over the last seconds. */
export interface SentFigures {
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  readonly kbps: number
  /** What keeps the browser from sending better. */
  readonly limitedBy: 'none' | 'cpu' | 'bandwidth' | 'other'
}

/** How often they are read, ms. */
export const figuresEachMs = 1_000
/** Every line is slow in its first moments; one that stays slow is worth a word, ms. */
export const limitedForMs = 10_000

interface Counted {
  readonly bytes: number
  readonly atMs: number
}

/** Reads what a connection sends; to be asked every second or two. */
export class FigureReader {
  #before: Counted | undefined

  async read(peer: RTCPeerConnection): Promise<SentFigures | null> {
    const sent = [...((await peer.getStats()) as unknown as Map<string, RTCOutboundRtpStreamStats>).values()].filter(
      ({ type }) => type === 'outbound-rtp',
    )
    const video = sent.find(({ kind }) => kind === 'video')
    const now = { bytes: sent.reduce((sum, { bytesSent = 0 }) => sum + bytesSent, 0), atMs: performance.now() }
    const before = this.#before
    this.#before = now
    if (!before || now.bytes < before.bytes) return null
    return {
      width: video?.frameWidth ?? 0,
      height: video?.frameHeight ?? 0,
      framesPerSecond: Math.round(video?.framesPerSecond ?? 0),
      kbps: ((now.bytes - before.bytes) * 8) / (now.atMs - before.atMs),
      limitedBy: video?.qualityLimitationReason ?? 'none',
    }
  }
}

/** `1280 × 720 · 30 frames/s · 2.4 Mbit/s`; of sound alone only its rate. */
export function figureWords({ width, height, framesPerSecond, kbps }: SentFigures): string {
  const rate = kbps < 1_000 ? `${Math.round(kbps)} kbit/s` : `${(kbps / 1_000).toFixed(1)} Mbit/s`
  return [
    ...(width > 0 && framesPerSecond > 0 ? [`${width} × ${height}`, `${framesPerSecond} frames/s`] : []),
    rate,
  ].join(' · ')
}

/** What to do when the browser can't send as well as wanted; null: nothing. */
export function limitWords({ limitedBy }: SentFigures): string | null {
  if (limitedBy === 'bandwidth') return 'Your upload is slow, so the picture is less sharp. A smaller quality may help.'
  if (limitedBy === 'cpu') return 'This computer is busy, so the picture is less sharp. Close other programs.'
  return null
}

/** `1:02:03` or `2:03`. */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
