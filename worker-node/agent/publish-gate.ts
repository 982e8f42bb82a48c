import { publishClaimResponse } from '#schema/contracts/worker.ts'
import { JobRefused } from '#schema/job-signature.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import type { Log } from '../observe/log.ts'
import { type ControlClient, ControlRefusal, ControlUnreachable } from './control-client.ts'
import type { SessionRegistry } from './session-registry.ts'

/** Whether an encoder may publish; `detail` is for its log. */
export type PublishDecision =
  | { readonly accept: true }
  | { readonly accept: false; readonly reason: 'unknown_key' | 'denied' | 'unavailable'; readonly detail: string }

export interface PublishGateOptions {
  readonly control: ControlClient
  readonly registry: SessionRegistry
  readonly log: Log
}

/**
 * Decides for an encoder that names a stream key, before any media is taken. A stream that already runs here takes
 * its encoder back without asking control; any other is claimed.
 */
export async function decidePublish(
  streamKey: string,
  { control, registry, log }: PublishGateOptions,
): Promise<PublishDecision> {
  const digest = await streamKeyDigest(streamKey)
  if (registry.byKeyDigest(digest)) return { accept: true }
  try {
    const { job } = await control.post('/worker/v1/publish-claims', { stream_key_digest: digest }, publishClaimResponse)
    await registry.accept(job)
    return { accept: true }
  } catch (error) {
    if (error instanceof ControlRefusal)
      return {
        accept: false,
        reason: error.code === 'unknown_stream_key' ? 'unknown_key' : 'denied',
        detail: error.message,
      }
    log.error({ err: error }, 'a publish claim failed')
    const away = error instanceof ControlUnreachable
    const detail = away
      ? 'The control plane does not answer, so the stream key cannot be checked. Try again in a moment.'
      : error instanceof JobRefused
        ? 'The control plane is not the one that this worker joined.'
        : 'The stream could not be started on this worker. Its log says why.'
    return { accept: false, reason: 'unavailable', detail }
  }
}
