import type { Context } from 'hono'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import type { StreamSecrets } from '../streams/ingest.ts'
import { loadLiveStream } from '../streams/load.ts'

/** Answers a live stream with its revision as ETag; `secrets` are put into it. */
export async function answerLiveStream<Status extends 200 | 201 = 200>(
  runtime: Runtime,
  c: Context,
  id: string,
  { secrets, status }: { readonly secrets?: StreamSecrets; readonly status?: Status } = {},
) {
  const stream = await loadLiveStream(runtime, id, publicUrl(runtime.config, c.req.raw), secrets)
  c.header('ETag', `"${stream.revision}"`)
  return c.json(stream, status ?? (200 as Status))
}
