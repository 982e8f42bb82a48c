import * as v from 'valibot'
import { type LeaseHolder, leaseHolder, publishClaimResponse } from '#schema/contracts/worker.ts'
import { JobRefused } from '#schema/job-signature.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import type { Log } from '../observe/log.ts'
import { type ControlClient, ControlRefusal, ControlUnreachable } from './control-client.ts'
import type { SessionRegistry } from './session-registry.ts'

/** What an encoder of any kind names: the stream key, and one of the stream's inputs where it wants a certain one. */
export interface PublishRequest {
  readonly streamKey: string
  readonly inputId: string | null
  /** Where the key came with a stream's id (WHIP): it must be that stream's key. */
  readonly liveStreamId?: string
  /** Another worker handed the encoder on, so it is not to be sent to a third; left out: none did. */
  readonly isRelayed?: boolean
}

/** Whether an encoder may publish; `detail` is for its log. */
export type PublishDecision =
  | {
      readonly accept: true
      /** The place that it takes: one encoder at a time has it. */
      readonly slot: string
      /** What an SRT caller must encrypt with. */
      readonly srtPassphrase: string
      /** What it publishes to, for the log. */
      readonly about: { readonly stream: string; readonly session: string; readonly input: string }
    }
  | {
      readonly accept: false
      readonly reason: 'unknown_key' | 'taken' | 'denied' | 'unavailable'
      readonly detail: string
    }
  | {
      readonly accept: false
      /** Another worker runs the stream, or is to run it: the encoder is to be handed on to it. */
      readonly reason: 'elsewhere'
      readonly detail: string
      readonly holder: LeaseHolder
    }

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
  { streamKey, inputId, liveStreamId, isRelayed }: PublishRequest,
  { control, registry, log }: PublishGateOptions,
): Promise<PublishDecision> {
  const digest = await streamKeyDigest(streamKey)
  try {
    if (!registry.byKeyDigest(digest)) {
      const claim = { stream_key_digest: digest, ...(isRelayed && { relayed: true }) }
      const { job } = await control.post('/worker/v1/publish-claims', claim, publishClaimResponse)
      await registry.accept(job)
    }
    const session = registry.byKeyDigest(digest)
    if (!session) throw new Error('The claimed job is not the one of this stream key.')
    if (liveStreamId !== undefined && session.job.live_stream_id !== liveStreamId) {
      session.door.refuse(usedElsewhere)
      return unknownKey
    }
    if (session.isEnding) return ending
    const slot = session.door.admit(inputId)
    if (slot === 'taken') return taken
    if (slot !== undefined) {
      const about = { stream: session.job.live_stream_id, session: session.id, input: slot }
      return { accept: true, slot, srtPassphrase: session.srtPassphraseOf(digest), about }
    }
    session.door.refuse(noSuchInput.detail)
    return noSuchInput
  } catch (error) {
    const holder = holderIn(error)
    if (holder) return { accept: false, reason: 'elsewhere', detail: handedOn, holder }
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

/** Whom control's refusal names: the holder of the lease, or a worker that has what the stream needs. */
function holderIn(error: unknown): LeaseHolder | undefined {
  if (!(error instanceof ControlRefusal)) return
  if (error.code !== 'leased_elsewhere' && error.code !== 'place_elsewhere') return
  const { success, output } = v.safeParse(leaseHolder, error.body.worker)
  return success ? output : undefined
}

const handedOn =
  'Another worker runs this live stream, and the encoder could not be handed on to it. Try again in a moment.'
const unknownKey = {
  accept: false,
  reason: 'unknown_key',
  detail: 'This stream key belongs to another live stream. Copy address and key again from the dashboard.',
} as const
/** The same for the operator of the stream that the key belongs to. */
const usedElsewhere =
  'An encoder came with the stream key of this live stream to the address of another one. Copy address and key again from the dashboard.'
const noSuchInput = {
  accept: false,
  reason: 'denied',
  detail: 'The live stream has no such input for an encoder. Add one, or leave the input out of the address.',
} as const
const ending = {
  accept: false,
  reason: 'denied',
  detail:
    'The broadcast has ended and its closing slate is still shown. Try again in a moment, or switch the stream off.',
} as const
const taken = {
  accept: false,
  reason: 'taken',
  detail: 'Another encoder publishes to this live stream already. Stop it first, or add a backup input.',
} as const
