import type { LiveStream } from '#schema/contracts/live-stream.ts'

type Ingest = LiveStream['ingest']

/**
 * Where an encoder goes that shall be this input and no other: each way to send has a place for `input=…`. Null: whichever
 * input is free.
 */
export function addressesFor({ rtmp, srt, whip }: Ingest, inputId: string | null): Ingest {
  if (inputId === null) return { rtmp, srt, whip }
  const wish = `?input=${inputId}`
  return {
    rtmp: { ...rtmp, ...(rtmp.stream_key !== undefined && { stream_key: rtmp.stream_key + wish }) },
    // The stream id is a value in the address's query, and ends at the next &.
    srt: { ...srt, url: srt.url.replace(/(\?streamid=publish:[^&]*)/, `$1${wish}`) },
    whip: { ...whip, url: whip.url + wish },
  }
}
