import type { CreateLiveStream } from '#schema/contracts/live-stream.ts'
import { newId, newSecret } from '#schema/ids.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { claimWay, insertJob, waiting } from '../jobs/enqueue.ts'
import type { Runtime } from '../runtime.ts'
import { streamSecretContext } from '../secrets/contexts.ts'
import { recordEvent } from './events.ts'
import { markChanged } from './mark-changed.ts'

/** Makes a live stream with its stream key, one public playback id, its state and its job, all or nothing. */
export async function createStream(
  { db, secretBox, now }: Runtime,
  wanted: CreateLiveStream,
): Promise<{ id: string; streamKey: string }> {
  const at = now()
  const id = newId('ls')
  const streamKey = newSecret()
  const stream = {
    id,
    name: wanted.name,
    enabled: wanted.enabled,
    sourceType: wanted.source.type,
    latencyMode: wanted.latency_mode,
    reconnectWindow: wanted.reconnect_window,
    alwaysOn: wanted.always_on,
    ladder: wanted.ladder,
    encoderPreset: wanted.encoder_preset,
    streamKeyDigest: await streamKeyDigest(streamKey),
    streamKeySealed: await secretBox.seal(streamKey, streamSecretContext(id)),
    revision: 1,
    createdAt: at,
    updatedAt: at,
  }
  const { reason, detail } = waiting(claimWay(stream))
  await db.batch([
    db.insert(liveStreams).values(stream),
    db.insert(liveStreamStates).values({
      liveStreamId: id,
      status: wanted.enabled ? 'idle' : 'disabled',
      statusReason: wanted.enabled ? reason : 'disabled_by_operator',
      statusDetail: wanted.enabled ? detail : 'Switched off. Enable it to use it.',
      statusSince: at.toISOString(),
      playable: false,
      renditions: [],
      issues: [],
    }),
    db.insert(playbackIds).values({ id: newId('pb'), liveStreamId: id, policy: 'public', createdAt: at }),
    insertJob(db, stream, at),
    ...recordEvent(db, id, 'stream.created', `The live stream “${wanted.name}” was created.`, at),
    markChanged(db, id, at),
  ])
  return { id, streamKey }
}
