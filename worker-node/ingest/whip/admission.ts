import type { LogFields } from '#schema/log/line.ts'
import { WhipRedirect, WhipRefusal } from './answers.ts'
import type { WhipLimits } from './limits.ts'

/** Whom a publisher says it is, and which input of the stream it wants; null: any. */
export interface WhipPublishRequest {
  readonly streamKey: string
  readonly liveStreamId: string
  readonly inputId: string | null
  readonly remoteAddress: string
}

export interface WhipPlace {
  readonly slot: string
  readonly about?: LogFields
}

/** Whether it may publish, the place that it takes, and for the log what it publishes to. `detail` is for people. */
export type WhipAuthorization =
  | ({ readonly accept: true } & WhipPlace)
  | {
      readonly accept: false
      readonly reason: 'unknown_key' | 'taken' | 'denied' | 'unavailable'
      readonly detail: string
    }
  /** Another worker runs the stream; without its origin the publisher can only try again. */
  | {
      readonly accept: false
      readonly reason: 'elsewhere'
      readonly detail: string
      readonly holder: { readonly origin_url?: string | undefined }
    }

export interface AdmissionOptions {
  authorize(request: WhipPublishRequest): Promise<WhipAuthorization>
  readonly limits: WhipLimits
  readonly log?: { warn(fields: object, message: string): void }
}

/** Decides who gets in, before anything is made for them. */
export class Admission {
  readonly #options: AdmissionOptions
  #pending = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** `present`: the live streams of the publishers that are there. Throws {@link WhipRefusal}, or {@link WhipRedirect}. */
  async admit(request: WhipPublishRequest, present: readonly string[]): Promise<WhipPlace> {
    const { sessions, sessionsPerStream, pendingRequests } = this.#options.limits
    const ofStream = present.filter((liveStreamId) => liveStreamId === request.liveStreamId).length
    if (present.length >= sessions || ofStream >= sessionsPerStream || this.#pending >= pendingRequests)
      throw new WhipRefusal('rate_limited', 'Too many publishers at once. Try again in a moment.', {
        'Retry-After': '5',
      })
    this.#pending += 1
    try {
      const decision = await this.#decide(request)
      if (decision.accept) return decision
      if (decision.reason === 'elsewhere' && decision.holder.origin_url !== undefined)
        throw new WhipRedirect(endpointAt(decision.holder.origin_url, request))
      const { code, headers } = refusals[decision.reason]
      throw new WhipRefusal(code, decision.detail, headers)
    } finally {
      this.#pending -= 1
    }
  }

  async #decide(request: WhipPublishRequest): Promise<WhipAuthorization> {
    const { authorize, limits, log } = this.#options
    const late = Promise.withResolvers<WhipAuthorization>()
    const timer = setTimeout(() => late.resolve(uncheckable), limits.authorizeMs)
    try {
      return await Promise.race([authorize(request), late.promise])
    } catch (error) {
      log?.warn({ err: error, remoteAddress: request.remoteAddress }, 'a stream key could not be checked')
      return uncheckable
    } finally {
      clearTimeout(timer)
    }
  }
}

function endpointAt(originUrl: string, { liveStreamId, inputId }: WhipPublishRequest): string {
  const url = new URL(`/live/${liveStreamId}/whip`, originUrl)
  if (inputId !== null) url.searchParams.set('input', inputId)
  return url.href
}

const refusals = {
  unknown_key: { code: 'unauthorized', headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } },
  taken: { code: 'conflict', headers: { 'Retry-After': '4' } },
  denied: { code: 'forbidden', headers: {} },
  unavailable: { code: 'worker_unreachable', headers: { 'Retry-After': '2' } },
  elsewhere: { code: 'worker_unreachable', headers: { 'Retry-After': '2' } },
} as const

const uncheckable: WhipAuthorization = {
  accept: false,
  reason: 'unavailable',
  detail: 'The stream key could not be checked just now. Try again in a moment.',
}
