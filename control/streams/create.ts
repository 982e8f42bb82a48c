import type { CreateLiveStream } from '#schema/contracts/live-stream.ts'
import { noSlateSettings } from '#schema/contracts/slate.ts'
import { newId } from '#schema/ids.ts'
import { inputs } from '#schema/tables/inputs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { followConfiguration, insertJob, waiting } from '../jobs/enqueue.ts'
import type { Runtime } from '../runtime.ts'
import { loadSettings } from '../settings/install-settings.ts'
import { checkSlateChoices, withChange } from '../slates/choices.ts'
import { refusePackaging } from './check-packaging.ts'
import { recordEvent } from './events.ts'
import type { StreamSecrets } from './ingest.ts'
import { newInputRow } from './input-rows.ts'
import { markChanged } from './mark-changed.ts'
import { newStreamSecrets, sealStreamSecrets } from './stream-secrets.ts'

/** Makes a live stream with its secrets, its inputs, one public playback id, its state and its job, all or nothing. */
export async function createStream(
  runtime: Runtime,
  wanted: CreateLiveStream,
): Promise<{ id: string; secrets: StreamSecrets }> {
  const { db, secretBox, now } = runtime
  await checkSlateChoices(db, wanted.slate)
  const { defaults } = await loadSettings(db)
  const latencyMode = wanted.latency_mode ?? defaults.latency_mode
  refusePackaging({ latency_mode: latencyMode, packaging: wanted.packaging }, wanted)
  const at = now()
  const id = newId('ls')
  const secrets = newStreamSecrets()
  const wantedInputs = wanted.inputs ?? [wanted.source ?? { type: 'push', name: null }]
  const stream = {
    id,
    name: wanted.name,
    enabled: wanted.enabled,
    latencyMode,
    reconnectWindow: wanted.reconnect_window ?? defaults.reconnect_window,
    alwaysOn: wanted.always_on,
    ladder: wanted.ladder ?? defaults.ladder,
    encoderPreset: wanted.encoder_preset,
    encoder: wanted.encoder,
    noSoftwareFallback: wanted.no_software_fallback,
    upscale: wanted.upscale,
    upscaleHeight: wanted.upscale_height,
    packaging: wanted.packaging,
    placement: wanted.placement,
    audio: wanted.audio,
    slate: withChange(noSlateSettings, wanted.slate),
    ...(await sealStreamSecrets(runtime, id, secrets)),
    revision: 1,
    createdAt: at,
    updatedAt: at,
  }
  const inputRows = await Promise.all(
    wantedInputs.map(async (input, position) => ({
      ...(await newInputRow(secretBox, id, input, at)),
      priority: input.priority ?? position + 1,
    })),
  )
  const { reason, detail } = waiting('publish')
  await db.batch([
    db.insert(liveStreams).values(stream),
    db.insert(inputs).values(inputRows),
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
    ...followConfiguration(db, id),
  ])
  return { id, secrets }
}
