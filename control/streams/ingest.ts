import type { LiveStream } from '#schema/contracts/live-stream.ts'

/** What lets an encoder in. Shown after creation, reset and reveal only. */
export interface StreamSecrets {
  readonly streamKey: string
  readonly srtPassphrase: string
}

/** Where encoders go: the worker's RTMP and SRT addresses, and control itself for WHIP. */
export interface IngestAddresses {
  readonly rtmpUrl: string
  readonly srtUrl: string
  /** Scheme, host and port of control. */
  readonly publicUrl: string
}

/** `ingest` of a live stream; without `secrets` nothing in it lets anybody publish. */
export function presentIngest(
  streamId: string,
  { rtmpUrl, srtUrl, publicUrl }: IngestAddresses,
  secrets?: StreamSecrets,
): LiveStream['ingest'] {
  const whipUrl = `${publicUrl}/live/${streamId}/whip`
  if (!secrets) return { rtmp: { url: rtmpUrl }, srt: { url: srtUrl }, whip: { url: whipUrl } }
  const { streamKey, srtPassphrase } = secrets
  return {
    rtmp: { url: rtmpUrl, stream_key: streamKey },
    srt: { url: `${srtUrl}?streamid=publish:${streamKey}&passphrase=${srtPassphrase}`, passphrase: srtPassphrase },
    whip: { url: whipUrl, bearer: streamKey },
  }
}
