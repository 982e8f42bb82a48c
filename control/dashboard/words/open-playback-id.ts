import type { LiveStream } from '#schema/contracts/live-stream.ts'

/** The playback id that the dashboard shows the stream by: one that needs no token, as our pages have none. */
export const openPlaybackId = ({ playback_ids }: Pick<LiveStream, 'playback_ids'>): string | undefined =>
  playback_ids.find(({ policy }) => policy === 'public')?.id
