import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { flvHeader, flvTag } from '#worker/ingest/rtmp/flv.ts'
import { FlvReader } from '#worker/media/flv-reader.ts'
import { messageType } from '#worker/rtmp/messages.ts'
import { type FixtureOptions, flvFixture } from './media.ts'
import type { RtmpPeer } from './rtmp-peer.ts'

/** A tag as it is sent: at `atMs` from the start, whatever its timestamp says. */
export interface TimedTag {
  readonly kind: 'audio' | 'video'
  readonly atMs: number
  readonly timestampMs: number
  readonly payload: Buffer
}

/** A flash and a beep each second, together; sent in real time. */
const base = { seconds: 10, width: 320, height: 180, pattern: 'flash', videoBitrateKbps: 200 } satisfies FixtureOptions

/** The tags of a fixture, in order, from 0. */
export async function fixtureTags(fixture: FixtureOptions = {}): Promise<TimedTag[]> {
  const tags: TimedTag[] = []
  const reader = new FlvReader(({ type, timestampMs, payload }) => {
    if (type !== 8 && type !== 9) return
    tags.push({ kind: type === 8 ? 'audio' : 'video', atMs: timestampMs, timestampMs, payload })
  })
  reader.push(await readFile(await flvFixture({ ...base, ...fixture })))
  return tags
}

/** Another fixture from `seconds` on. */
export const followedBy = (first: readonly TimedTag[], second: readonly TimedTag[], seconds: number): TimedTag[] => [
  ...first.filter(({ atMs }) => atMs < seconds * 1_000),
  ...second.map((tag) => ({
    ...tag,
    atMs: tag.atMs + seconds * 1_000,
    timestampMs: tag.timestampMs + seconds * 1_000,
  })),
]

/** The tags as a file. */
export const flvFile = (tags: readonly TimedTag[]): Buffer =>
  Buffer.concat([
    flvHeader({ audio: true, video: true }),
    ...tags.map(({ kind, timestampMs: timestamp, payload }) =>
      flvTag({ type: kind === 'audio' ? messageType.audio : messageType.video, timestamp, streamId: 1, payload }),
    ),
  ])

/** From `seconds` on all timestamps are `byMs` later. */
export const jumping = (tags: readonly TimedTag[], seconds: number, byMs: number): TimedTag[] =>
  tags.map((tag) => (tag.atMs < seconds * 1_000 ? tag : { ...tag, timestampMs: tag.timestampMs + byMs }))

/** Sends tags at their pace, from now on. */
export async function sendTags(peer: RtmpPeer, tags: readonly TimedTag[]): Promise<void> {
  const startMs = performance.now()
  for (const { kind, atMs, timestampMs, payload } of tags) {
    const waitMs = startMs + atMs - performance.now()
    if (waitMs > 5) await delay(waitMs)
    // RTMP's clock has 32 bits.
    peer[kind](timestampMs >>> 0, payload)
  }
}
