import type { IncomingMessage, ServerResponse } from 'node:http'
import { streamKeyDigest } from '#schema/stream-key.ts'
import type { ControlClient } from './agent/control-client.ts'
import type { Fence } from './agent/fence.ts'
import { decidePublish, type PublishDecision, type PublishRequest } from './agent/publish-gate.ts'
import type { SessionRegistry } from './agent/session-registry.ts'
import type { WorkerConfig } from './config.ts'
import { startRtmpServer } from './ingest/rtmp/server.ts'
import { createRtmpSource } from './ingest/rtmp-source.ts'
import type { Source, SourceEnd } from './ingest/source.ts'
import { startSrtServer } from './ingest/srt/server.ts'
import { createWhipEndpoint, type WhipEndpoint } from './ingest/whip/endpoint.ts'
import { listenOrExplain } from './listen.ts'
import type { Log } from './observe/log.ts'
import { createMetricsEndpoint, type ExportedState } from './observe/metrics-export.ts'
import { startOrigin } from './package/origin.ts'
import { rejection } from './srt/rejection.ts'
import type { FfmpegBinary } from './transcode/ffmpeg-binary.ts'

/** What listeners ask for each encoder and viewer; empty while the worker starts or stops. */
export interface Gate {
  registry?: SessionRegistry
  control?: ControlClient
  fence?: Fence
  /** What Prometheus is told. */
  metrics?: () => ExportedState
}

type Refused = Exclude<PublishDecision, { accept: true }>['reason']

/** Everything that encoders and viewers connect to. */
export interface Listeners {
  readonly originPort: number
  readonly rtmpPort: number
  readonly srtPort: number
  close(): Promise<void>
}

const rtmpCodes = {
  unknown_key: 'NetStream.Publish.BadName',
  taken: 'NetStream.Publish.BadName',
  denied: 'NetStream.Publish.Denied',
  unavailable: 'NetStream.Publish.Denied',
  elsewhere: 'NetStream.Publish.Denied',
} as const satisfies Record<Refused, string>

const srtCodes = {
  unknown_key: rejection.notFound,
  taken: rejection.conflict,
  denied: rejection.forbidden,
  unavailable: rejection.unavailable,
  elsewhere: rejection.conflict,
} as const satisfies Record<Refused, number>

/** Opens every port of the worker; an error is one line that says what to do, and then none is left open. */
export async function openListeners(
  { config, ffmpeg, log }: { config: WorkerConfig; ffmpeg: FfmpegBinary; log: Log },
  gate: Gate,
): Promise<Listeners> {
  const { host } = config
  const decide = (wanted: PublishRequest) => decideAt(gate, wanted, log)
  const attach = (streamKey: string, slot: string | null, source: Source) =>
    attachAt(gate, streamKey, slot, source, log)
  const onNotComing = (streamKey: string, end: SourceEnd) => void giveUpAt(gate, streamKey, end)
  const opened: { close(): Promise<void> }[] = []
  const close = async () => {
    await Promise.all(opened.map((listener) => listener.close()))
  }
  const keep = <Listener extends { close(): Promise<void> }>(listener: Listener): Listener => {
    opened.push(listener)
    return listener
  }
  const metrics = createMetricsEndpoint(config.metricsToken, () => gate.metrics?.())
  try {
    let whip: WhipEndpoint | undefined
    const origin = keep(
      await listenOrExplain('WEIR_WORKER_PORT', config.originPort, (port) =>
        startOrigin({
          host,
          port,
          resolve: (playbackId, kind) => {
            if (kind === 'playlist' || kind === 'manifest') gate.registry?.noteReader(playbackId)
            const found = gate.registry?.packageOf(playbackId)
            return found && { package: found }
          },
          admits: async (playbackId, authorization) =>
            (await gate.registry?.admits(playbackId, authorization)) ?? false,
          handle: (request, response) =>
            metrics.handle(request, response) ||
            testify(gate, request, response) ||
            (whip?.handle(request, response) ?? false),
          unixMs: () => gate.registry?.controlTime.unixMs() ?? Date.now(),
          log: (message, error) => log.error({ err: error }, message),
        }),
      ),
    )
    const rtmp = keep(
      await listenOrExplain('WEIR_RTMP_PORT', config.rtmpPort, (port) =>
        startRtmpServer({
          ...{ host, port, log },
          authorize: async (wanted) => {
            const decision = await decide(wanted)
            if (decision.accept) return decision
            const refusal = { accept: false, code: rtmpCodes[decision.reason], description: decision.detail } as const
            return decision.reason === 'elsewhere' ? { ...refusal, holder: decision.holder } : refusal
          },
          onPublication: (publication) =>
            attach(publication.streamKey, publication.slot, createRtmpSource(publication)),
        }),
      ),
    )
    const srt = keep(
      await listenOrExplain('WEIR_SRT_PORT', config.srtPort, (port) =>
        startSrtServer({
          ...{ host, port, ffmpeg, log },
          authorize: async (streamKey, inputId, _remoteAddress, isRelayed) => {
            const decision = await decide({ streamKey, inputId, isRelayed })
            if (decision.accept) {
              const { srtPassphrase: passphrase, slot, about } = decision
              return { accept: true, passphrase, slot, about }
            }
            const refusal = { accept: false, rejection: srtCodes[decision.reason], detail: decision.detail } as const
            return decision.reason === 'elsewhere' ? { ...refusal, holder: decision.holder } : refusal
          },
          onNotComing,
          onSource: attach,
        }),
      ),
    )
    whip = keep(
      await listenOrExplain('WEIR_WHIP_PORTS', config.whip.ports[0], () =>
        createWhipEndpoint({
          ...{ host, log, ...config.whip },
          authorize: decide,
          onNotComing,
          onPublication: ({ streamKey, slot, source }) => attach(streamKey, slot, source),
        }),
      ),
    )
    return { originPort: origin.port, rtmpPort: rtmp.port, srtPort: srt.port, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Another worker that can't reach control asks whether we do. */
function testify({ fence }: Gate, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url !== '/witness' || request.method !== 'GET') return false
  const answer = fence?.testify() ?? { control_answered_ms_ago: null }
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(answer))
  return true
}

async function decideAt({ control, registry }: Gate, wanted: PublishRequest, log: Log): Promise<PublishDecision> {
  if (control && registry) return decidePublish(wanted, { control, registry, log })
  return {
    accept: false,
    reason: 'unavailable',
    detail: 'This worker is starting or stopping. Try again in a moment.',
  }
}

function attachAt(gate: Gate, streamKey: string, slot: string | null, source: Source, log: Log): void {
  streamKeyDigest(streamKey)
    .then((digest) => gate.registry?.attach(digest, slot, source))
    .catch((error: unknown) => {
      log.error({ err: error }, 'a session failed')
      source.close('The stream could not be started on this worker. Its log says why.')
    })
}

/** An encoder that was let in will not come. While the worker stops, that is the reason, and nobody's fault. */
async function giveUpAt({ control, registry }: Gate, streamKey: string, end: SourceEnd): Promise<void> {
  if (control) registry?.byKeyDigest(await streamKeyDigest(streamKey))?.door.notComing(end)
}
