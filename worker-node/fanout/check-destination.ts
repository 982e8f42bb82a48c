import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'
import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import { type Clock, systemClock } from './clock.ts'
import { ourFault, PublishFailure } from './publish-failure.ts'
import { connectTo } from './rtmp-client.ts'
import { RtmpConnection } from './rtmp-connection.ts'
import { SrtCall } from './srt-call.ts'
import { type Address, type RtmpTarget, type SrtTarget, targetOf } from './target.ts'

/** The answer to `connect` may take so long, milliseconds: somebody waits. */
const answerLimitMs = 4_000
const closeLimitMs = 1_000

type Milestone = DestinationCheckResult['steps'][number]['name']

export interface CheckOptions {
  readonly ffmpeg: FfmpegBinary
  /** Certificates (PEM) to trust beside the public ones, for rtmps:// addresses. */
  readonly authorities: readonly string[]
  readonly clock?: Clock
}

/**
 * Tries the way to a destination and publishes nothing: of RTMP it ends with the answer to `connect`, of SRT with the
 * handshake, after which the listener may see a caller that comes and goes. Takes 8 s at most; never throws.
 */
export async function checkDestination(address: Address, options: CheckOptions): Promise<DestinationCheckResult> {
  const { clock = systemClock } = options
  const steps: DestinationCheckResult['steps'] = []
  let sinceMs = clock.nowMs()
  const reached = (name: Milestone) => {
    const nowMs = clock.nowMs()
    steps.push({ name, ms: Math.round((nowMs - sinceMs) * 10) / 10 })
    sinceMs = nowMs
  }
  try {
    const target = targetOf(address)
    if (target.protocol === 'srt') await trySrt(target, options.ffmpeg, clock, reached)
    else await tryRtmp(target, options.authorities, clock, reached)
    return { ok: true, steps, error: null }
  } catch (cause) {
    const { error } = cause instanceof PublishFailure ? cause : ourFault(cause)
    const { code, detail, fix } = error
    return { ok: false, steps, error: { code, detail, fix } }
  }
}

async function tryRtmp(
  target: RtmpTarget,
  authorities: readonly string[],
  clock: Clock,
  onReached: (milestone: Milestone) => void,
): Promise<void> {
  const connection = new RtmpConnection(target, {
    ...{ clock, authorities, onReached },
    onCommand: () => {},
    onAcknowledged: () => {},
    onClosed: () => {},
  })
  try {
    await connectTo(connection, target, answerLimitMs)
    onReached('rtmp_connect')
  } finally {
    void connection.end(closeLimitMs)
  }
}

async function trySrt(
  target: SrtTarget,
  ffmpeg: FfmpegBinary,
  clock: Clock,
  onReached: (milestone: Milestone) => void,
): Promise<void> {
  const { signal } = new AbortController()
  const call = await SrtCall.open(target, { ffmpeg, clock, signal, onReached, onLost: () => {} })
  await call.end(closeLimitMs)
}
