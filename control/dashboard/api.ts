import type { Alert, AlertSettings, PatchAlertSettings } from '#schema/contracts/alert.ts'
import type { Asset } from '#schema/contracts/asset.ts'
import type { BroadcastSummary } from '#schema/contracts/broadcast.ts'
import type { Destination, PatchDestination } from '#schema/contracts/destination.ts'
import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'
import type { Input } from '#schema/contracts/input.ts'
import type { LiveStream, PatchLiveStream } from '#schema/contracts/live-stream.ts'
import type { Metrics } from '#schema/contracts/metrics.ts'
import type { PlanAnswer, PlanRequestBody } from '#schema/contracts/plan.ts'
import type { Platform } from '#schema/contracts/platform.ts'
import type { InstallSettings, PatchInstallSettings } from '#schema/contracts/settings.ts'
import type { PatchWebhook, Webhook, WebhookDelivery } from '#schema/contracts/webhook.ts'
import type { StreamEventRecord, WorkerCapacity } from '#schema/contracts/worker.ts'
import type { DeliveryState, DestinationOrder, WorkerState } from '#schema/enums.ts'
import type { checkRequest, NewDestination } from './destinations/destination-request.ts'
import type { InputChange, NewInput } from './input-request.ts'
import { noAnswer, readProblem } from './problem.ts'

/** A live stream whose answer holds its secrets, the key here and all of them in `ingest`: after creation, reset and reveal. */
export type LiveStreamWithKey = LiveStream & { stream_key: string }

/** A webhook whose answer holds its secret: after creation and rotation. */
export type WebhookWithSecret = Webhook & { secret: string }

/** Body of a new live stream, as the form gives it. Control checks it. */
export type NewLiveStream = Pick<LiveStream, 'name' | 'latency_mode' | 'reconnect_window' | 'always_on'> & {
  source: NewInput
}

/** What the dashboard wants to know of a worker. */
export interface ShownWorker {
  readonly id: string
  readonly name: string
  readonly state: WorkerState
  readonly capacity: WorkerCapacity
}

interface PageOf<Item> {
  readonly data: Item[]
  readonly next_cursor: string | null
}

/** Pages of 200 live streams read at most: what one screen can still show. */
const pagesMax = 5
/** Events shown of one stream. */
export const eventsShown = 30

/** Deliveries shown of one webhook, and alerts that are open or over. */
const deliveriesShown = 50
const alertsShown = 50

/** Broadcasts shown of one stream. */
const broadcastsShown = 30

/** The part of the HTTP API that the dashboard uses. Every call throws a `RequestProblem` where it fails. */
export const api = {
  signIn: (token: string) => call<object>('POST', 'session', { token }),
  isSignedIn: async () => (await call<{ token_id: string | null }>('GET', 'session')).token_id !== null,
  signOut: () => call<void>('DELETE', 'session'),

  /** All live streams, newest first. */
  async streams(): Promise<LiveStream[]> {
    const streams: LiveStream[] = []
    let cursor: string | null = ''
    for (let page = 0; page < pagesMax && cursor !== null; page++) {
      const next: PageOf<LiveStream> = await call('GET', `live-streams?limit=200${cursor && `&cursor=${cursor}`}`)
      streams.push(...next.data)
      cursor = next.next_cursor
    }
    return streams
  },
  stream: (id: string) => call<LiveStream>('GET', streamPath(id)),
  createStream: (body: NewLiveStream) => call<LiveStreamWithKey>('POST', 'live-streams', body),
  changeStream: (id: string, body: PatchLiveStream) => call<LiveStream>('PATCH', streamPath(id), body),
  /** What a change would do, without doing it. */
  effectsOf: async (id: string, body: PatchLiveStream) =>
    (await call<LiveStream>('PATCH', `${streamPath(id)}?dry_run=1`, body)).effects ?? [],
  deleteStream: (id: string) => call<void>('DELETE', streamPath(id)),
  enable: (id: string) => call<LiveStream>('POST', `${streamPath(id)}/enable`),
  disable: (id: string) => call<LiveStream>('POST', `${streamPath(id)}/disable`),
  complete: (id: string) => call<LiveStream>('POST', `${streamPath(id)}/complete`),
  resetKey: (id: string) => call<LiveStreamWithKey>('POST', `${streamPath(id)}/reset-stream-key`),
  reveal: (id: string) => call<LiveStreamWithKey>('POST', `${streamPath(id)}/reveal`),
  /** The last events, newest first. */
  events: async (id: string) =>
    (await call<PageOf<StreamEventRecord>>('GET', `${streamPath(id)}/events?limit=${eventsShown}`)).data,

  /** The last broadcasts, newest first. */
  broadcasts: async (id: string) =>
    (await call<PageOf<BroadcastSummary>>('GET', `${streamPath(id)}/broadcasts?limit=${broadcastsShown}`)).data,

  /** Figures of the last ten minutes, in points of so many seconds. */
  recentMetrics: (id: string, step: number) => call<Metrics>('GET', `${streamPath(id)}/metrics?step=${step}`),

  /** The platforms that Weir knows, in the order in which people choose. */
  platforms: async () => (await call<PageOf<Platform>>('GET', 'platforms')).data,
  /** Everything that runs streams, oldest first. */
  workers: async () => (await call<PageOf<ShownWorker>>('GET', 'workers')).data,
  /** What a configuration would make and cost. Changes nothing. */
  plan: (body: PlanRequestBody) => call<PlanAnswer>('POST', 'plan', body),

  /** What was uploaded for slates, newest first. */
  assets: async () => (await call<PageOf<Asset>>('GET', 'assets?limit=200')).data,
  deleteAsset: (id: string) => call<void>('DELETE', `assets/${encodeURIComponent(id)}`),
  /** What holds for the whole install. */
  settings: () => call<InstallSettings>('GET', 'settings'),
  changeSettings: (body: PatchInstallSettings) => call<InstallSettings>('PATCH', 'settings', body),

  addInput: (id: string, body: NewInput) => call<Input>('POST', `${streamPath(id)}/inputs`, body),
  changeInput: (id: string, inputId: string, body: InputChange) => call<Input>('PATCH', inputPath(id, inputId), body),
  removeInput: (id: string, inputId: string) => call<void>('DELETE', inputPath(id, inputId)),
  /** Puts one input on air, whatever the priorities say. */
  pinInput: (id: string, inputId: string) => call<LiveStream>('POST', `${inputPath(id, inputId)}/activate`),
  /** Back to automatic. */
  releaseInput: (id: string) => call<LiveStream>('POST', `${streamPath(id)}/inputs/release`),

  addDestination: (id: string, body: NewDestination) =>
    call<Destination>('POST', `${streamPath(id)}/destinations`, body),
  changeDestination: (id: string, destinationId: string, body: PatchDestination) =>
    call<Destination>('PATCH', destinationPath(id, destinationId), body),
  /** What a change would do to the broadcast there, without doing it. */
  effectsOnDestination: async (id: string, destinationId: string, body: PatchDestination) =>
    (await call<Destination>('PATCH', `${destinationPath(id, destinationId)}?dry_run=1`, body)).effects ?? [],
  removeDestination: (id: string, destinationId: string) => call<void>('DELETE', destinationPath(id, destinationId)),
  retryDestination: (id: string, destinationId: string) =>
    call<Destination>('POST', `${destinationPath(id, destinationId)}/retry`),
  /** Tries a connection on a worker, without publishing. */
  checkDestination: (id: string, body: ReturnType<typeof checkRequest>) =>
    call<DestinationCheckResult>('POST', `${streamPath(id)}/destinations/check`, body, checkTimeoutMs),
  /** For the broadcast that is on, else for the next one. */
  orderDestination: (id: string, destinationId: string, order: DestinationOrder) =>
    call<Destination>('POST', `${destinationPath(id, destinationId)}/${order}`),

  /** Oldest first. */
  webhooks: async () => (await call<PageOf<Webhook>>('GET', 'webhooks')).data,
  /** The answer alone has the secret. */
  createWebhook: (body: PatchWebhook) => call<WebhookWithSecret>('POST', 'webhooks', body),
  changeWebhook: (id: string, body: PatchWebhook) => call<Webhook>('PATCH', webhookPath(id), body),
  deleteWebhook: (id: string) => call<void>('DELETE', webhookPath(id)),
  /** The old secret signs too for a day. */
  rotateWebhookSecret: (id: string) => call<WebhookWithSecret>('POST', `${webhookPath(id)}/rotate-secret`, {}),
  testWebhook: (id: string) => call<WebhookDelivery>('POST', `${webhookPath(id)}/test`),
  /** The last deliveries, newest first. */
  deliveries: async (id: string, state: DeliveryState | '') => {
    const query = `limit=${deliveriesShown}${state && `&state=${state}`}`
    return (await call<PageOf<WebhookDelivery>>('GET', `${webhookPath(id)}/deliveries?${query}`)).data
  },
  replayDelivery: (id: string, deliveryId: string) =>
    call<WebhookDelivery>('POST', `${webhookPath(id)}/deliveries/${encodeURIComponent(deliveryId)}/replay`),

  /** Newest first. */
  alerts: async (state: 'open' | 'resolved') =>
    (await call<PageOf<Alert>>('GET', `alerts?state=${state}&limit=${alertsShown}`)).data,
  acknowledgeAlert: (id: string) => call<Alert>('POST', `alerts/${encodeURIComponent(id)}/acknowledge`),
  alertSettings: () => call<AlertSettings>('GET', 'alert-rules'),
  changeAlertSettings: (body: PatchAlertSettings) => call<AlertSettings>('PATCH', 'alert-rules', body),
}
export type Api = typeof api

const webhookPath = (id: string) => `webhooks/${encodeURIComponent(id)}`
const streamPath = (id: string) => `live-streams/${encodeURIComponent(id)}`
const inputPath = (id: string, inputId: string) => `${streamPath(id)}/inputs/${encodeURIComponent(inputId)}`
const destinationPath = (id: string, destinationId: string) =>
  `${streamPath(id)}/destinations/${encodeURIComponent(destinationId)}`

/** A call that takes longer has failed, milliseconds. */
const timeoutMs = 15_000
/** A worker must hear of it first, and waits for the other side. */
const checkTimeoutMs = 45_000

async function call<Answer>(method: string, path: string, body?: unknown, withinMs = timeoutMs): Promise<Answer> {
  let response: Response
  let text: string
  try {
    response = await fetch(`/v1/${path}`, {
      method,
      cache: 'no-store',
      signal: AbortSignal.timeout(withinMs),
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    if (!response.ok) throw await readProblem(response)
    text = await response.text()
  } catch (error) {
    if (error instanceof Error && error.name === 'RequestProblem') throw error
    throw noAnswer(error)
  }
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}
