import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { writeTarget } from './publish/target.ts'

/**
 * Opens the studio for a stream in a tab of its own. The key that `load` gives (null: none could be had) stands behind the
 * “#”, which no server sees. The tab opens before the key is there: later, browsers take it for an advert.
 */
export async function openStudio(
  { id, name, playback_ids }: Pick<LiveStream, 'id' | 'name' | 'playback_ids'>,
  load: () => Promise<string | null>,
): Promise<void> {
  const page = window.open('', '_blank')
  const key = await load()
  if (key === null) return page?.close()
  const target = writeTarget({ streamId: id, key, inputId: null, name, playbackId: playback_ids[0]?.id ?? null })
  if (page) page.opener = null
  // Where no tab may be opened, this one must do.
  const { location } = page ?? window
  location.href = `/publish#${target}`
}
