import { and, asc, inArray, isNotNull, max } from 'drizzle-orm'
import type { Job } from '#schema/contracts/job.ts'
import { sealSecret, signJob } from '#schema/job-signature.ts'
import { destinations } from '#schema/tables/destinations.ts'
import { events } from '#schema/tables/events.ts'
import { inputs } from '#schema/tables/inputs.ts'
import type { JobRow } from '#schema/tables/jobs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import type { WorkerRow } from '#schema/tables/workers.ts'
import { findAssets } from '../assets/store.ts'
import { leaseSeconds } from '../config.ts'
import { isForAll } from '../delivery/admit.ts'
import type { Runtime } from '../runtime.ts'
import { srtPassphraseContext } from '../secrets/contexts.ts'
import { readSettings, selectSettings } from '../settings/install-settings.ts'
import { assetIdsOf } from '../slates/choices.ts'
import { resolveSlates } from '../slates/resolve.ts'
import { inputOrder } from '../streams/input-order.ts'
import { openSrtPassphrase, previousKeyOf } from '../streams/stream-secrets.ts'
import { jobDestination } from './job-destinations.ts'
import { jobInput } from './job-inputs.ts'
import { jobFor } from './older-worker.ts'

/**
 * The signed jobs of claims that `worker` holds: the whole specification as it stands now, with every
 * secret sealed to that worker. A stream that was deleted in the meantime is left out.
 */
export async function signJobs(
  runtime: Runtime,
  worker: WorkerRow,
  claims: readonly Pick<JobRow, 'liveStreamId' | 'fence'>[],
  /** What it speaks now: older than what is known of it, where it was set back. */
  contract = worker.contract,
): Promise<string[]> {
  if (claims.length === 0) return []
  const { db } = runtime
  const ids = claims.map((claim) => claim.liveStreamId)
  const [streamRows, inputRows, destinationRows, playbackRows, installRows, requestRows] = await db.batch([
    db.select().from(liveStreams).where(inArray(liveStreams.id, ids)),
    db
      .select()
      .from(inputs)
      .where(inArray(inputs.liveStreamId, ids))
      .orderBy(...inputOrder),
    db
      .select()
      .from(destinations)
      .where(inArray(destinations.liveStreamId, ids))
      // Who gives way where a machine is too weak follows from the order: the same as in the API's answers.
      .orderBy(asc(destinations.createdAt), asc(destinations.id)),
    db.select().from(playbackIds).where(inArray(playbackIds.liveStreamId, ids)).orderBy(asc(playbackIds.createdAt)),
    selectSettings(db),
    // SQLite gives the row that the maximum is of.
    db
      .select({ id: events.liveStreamId, requestId: events.requestId, seq: max(events.seq) })
      .from(events)
      .where(and(inArray(events.liveStreamId, ids), isNotNull(events.requestId)))
      .groupBy(events.liveStreamId),
  ])
  const { slate: install, copyright_profile } = readSettings(installRows)
  const assetRows = await findAssets(db, [install, ...streamRows.map(({ slate }) => slate)].flatMap(assetIdsOf))
  const key = await runtime.signingKeys.current()
  const requestOf = new Map(requestRows.flatMap(({ id, requestId }) => (requestId === null ? [] : [[id, requestId]])))
  const streams = new Map(streamRows.map((row) => [row.id, row]))
  const inputsOf = Map.groupBy(inputRows, (row) => row.liveStreamId)
  const playbackOf = Map.groupBy(playbackRows, (row) => row.liveStreamId)
  const destinationsOf = Map.groupBy(destinationRows, (row) => row.liveStreamId)

  const seal = (secret: string) => sealSecret(secret, { ...worker.sealingKey })

  const tokens = claims.map(async ({ liveStreamId, fence }) => {
    const stream = streams.get(liveStreamId)
    if (!stream) return []
    const previous = previousKeyOf(stream, runtime.now())
    const passphrase = previous?.passphraseSealed
      ? await runtime.secretBox.open(previous.passphraseSealed, srtPassphraseContext(stream.id))
      : null
    const job: Job = {
      live_stream_id: stream.id,
      name: stream.name,
      revision: stream.revision,
      ...(requestOf.has(stream.id) && { request_id: requestOf.get(stream.id) }),
      fence,
      lease_seconds: leaseSeconds,
      inputs: await Promise.all((inputsOf.get(stream.id) ?? []).map((row) => jobInput(runtime.secretBox, seal, row))),
      pinned_input_id: stream.pinnedInputId,
      stream_key_digest: stream.streamKeyDigest,
      sealed_srt_passphrase: await seal(await openSrtPassphrase(runtime, stream)),
      ...(previous && {
        previous_stream_keys: [
          {
            digest: previous.digest,
            sealed_srt_passphrase: passphrase && (await seal(passphrase)),
            until: previous.until.toISOString(),
          },
        ],
      }),
      latency_mode: stream.latencyMode,
      reconnect_window: stream.reconnectWindow,
      always_on: stream.alwaysOn,
      ladder: stream.ladder,
      encoder_preset: stream.encoderPreset,
      encoder: stream.encoder,
      no_software_fallback: stream.noSoftwareFallback,
      upscale: stream.upscale,
      upscale_height: stream.upscaleHeight,
      packaging: stream.packaging,
      audio: stream.audio,
      copyright_profile,
      slate: resolveSlates(stream.slate, install, assetRows),
      playback_ids: (playbackOf.get(stream.id) ?? []).map((row) => ({
        id: row.id,
        policy: isForAll(row) ? 'public' : 'signed',
      })),
      destinations: await Promise.all(
        (destinationsOf.get(stream.id) ?? []).map((row) => jobDestination(runtime.secretBox, seal, row)),
      ),
    }
    return [await signJob(jobFor(contract, job), worker.id, key, runtime.now())]
  })
  return (await Promise.all(tokens)).flat()
}
