import type { Context } from 'hono'
import type { Effect } from '#schema/contracts/effect.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import type { StreamSecrets } from '../streams/ingest.ts'
import { loadLiveStream } from '../streams/load.ts'

/** Answers a live stream with its revision as ETag; `secrets` and `effects` are put into it. */
export async function answerLiveStream<Status extends 200 | 201 = 200>(
  runtime: Runtime,
  c: Context,
  id: string,
  more: { readonly secrets?: StreamSecrets; readonly effects?: readonly Effect[]; readonly status?: Status } = {},
) {
  const { secrets, effects, status } = more
  const stream = await loadLiveStream(runtime, id, publicUrl(runtime.config, c.req.raw), secrets)
  c.header('ETag', `"${stream.revision}"`)
  return c.json({ ...stream, ...(effects && { effects: [...effects] }) }, status ?? (200 as Status))
}
