import type { PatchAlertSettings } from '#schema/contracts/alert.ts'
import type { PatchDestination } from '#schema/contracts/destination.ts'
import type { LiveStream, PatchLiveStream } from '#schema/contracts/live-stream.ts'
import type { Metrics } from '#schema/contracts/metrics.ts'
import type { PlanRequestBody } from '#schema/contracts/plan.ts'
import type { PatchInstallSettings } from '#schema/contracts/settings.ts'
import type { PatchWebhook, Webhook } from '#schema/contracts/webhook.ts'
import type { WorkerCapacity } from '#schema/contracts/worker.ts'
import type { DeliveryState, DestinationOrder, WorkerState } from '#schema/enums.ts'
import { clientWithin, done, read, v1 } from './client.ts'
import type { checkRequest, NewDestination } from './destinations/destination-request.ts'
import type { InputChange, NewInput } from './input-request.ts'

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

/** A worker must hear of it first, and waits for the other side, milliseconds. */
const checkTimeoutMs = 45_000
const patient = clientWithin(checkTimeoutMs)

const streams = v1['live-streams']
const stream = streams[':id']
const input = stream.inputs[':inputId']
const destination = stream.destinations[':destinationId']

const webhook = v1.webhooks[':id']

const at = (id: string) => ({ param: { id: encodeURIComponent(id) } })
const atInput = (id: string, inputId: string) => ({
  param: { ...at(id).param, inputId: encodeURIComponent(inputId) },
})
const atDestination = (id: string, destinationId: string) => ({
  param: { ...at(id).param, destinationId: encodeURIComponent(destinationId) },
})

/** The answer of a route that shows the secrets of a stream. */
const withKey = (answering: Parameters<typeof read<LiveStream>>[0]) => read(answering) as Promise<LiveStreamWithKey>

/** The part of the HTTP API that the dashboard uses. Every call throws a `RequestProblem` where it fails. */
export const api = {
  signIn: (token: string) => read(v1.session.$post({ json: { token } })),
  signOut: () => done(v1.session.$delete()),

  /** All live streams, newest first. */
  async streams(): Promise<LiveStream[]> {
    const all: LiveStream[] = []
    let cursor: string | null = ''
    for (let page = 0; page < pagesMax && cursor !== null; page++) {
      const next: PageOf<LiveStream> = await read(streams.$get({ query: { limit: '200', ...(cursor && { cursor }) } }))
      all.push(...next.data)
      cursor = next.next_cursor
    }
    return all
  },
  stream: (id: string) => read(stream.$get(at(id))),
  createStream: (body: NewLiveStream) => withKey(streams.$post({ json: body })),
  changeStream: (id: string, body: PatchLiveStream) => read(stream.$patch({ ...at(id), query: {}, json: body })),
  /** What a change would do, without doing it. */
  effectsOf: async (id: string, body: PatchLiveStream) =>
    (await read(stream.$patch({ ...at(id), query: { dry_run: '1' }, json: body }))).effects ?? [],
  deleteStream: (id: string) => done(stream.$delete(at(id))),
  enable: (id: string) => read(stream.enable.$post(at(id))),
  disable: (id: string) => read(stream.disable.$post(at(id))),
  complete: (id: string) => read(stream.complete.$post(at(id))),
  /** The old key works for so many seconds more. */
  resetKey: (id: string, graceS: number) =>
    withKey(stream['reset-stream-key'].$post({ ...at(id), json: { grace_s: graceS } })),
  reveal: (id: string) => withKey(stream.reveal.$post(at(id))),
  /** The last events, newest first. */
  events: async (id: string) =>
    (await read(stream.events.$get({ ...at(id), query: { limit: String(eventsShown) } }))).data,

  /** The last broadcasts, newest first. */
  broadcasts: async (id: string) =>
    (await read(stream.broadcasts.$get({ ...at(id), query: { limit: String(broadcastsShown) } }))).data,

  /** Figures of the last ten minutes, in points of so many seconds. */
  recentMetrics: (id: string, step: number) =>
    read(stream.metrics.$get({ ...at(id), query: { step: String(step) } })) as Promise<Metrics>,

  /** The platforms that Weir knows, in the order in which people choose. */
  platforms: async () => (await read(v1.platforms.$get({ query: {} }))).data,
  /** Everything that runs streams, oldest first. */
  workers: async () => (await read(v1.workers.$get({ query: { limit: '200' } }))).data,
  /** What a configuration would make and cost. Changes nothing. */
  plan: (body: PlanRequestBody) => read(v1.plan.$post({ json: body })),

  /** What was uploaded for slates, newest first. */
  assets: async () => (await read(v1.assets.$get({ query: { limit: '200' } }))).data,
  deleteAsset: (id: string) => done(v1.assets[':id'].$delete(at(id))),
  /** What holds for the whole install. */
  settings: () => read(v1.settings.$get()),
  /** What only another start changes. */
  startSettings: () => read(v1.settings.start.$get()),
  changeSettings: (body: PatchInstallSettings) => read(v1.settings.$patch({ json: body })),

  addInput: (id: string, body: NewInput) => read(stream.inputs.$post({ ...at(id), json: body })),
  changeInput: (id: string, inputId: string, body: InputChange) =>
    read(input.$patch({ ...atInput(id, inputId), json: body })),
  removeInput: (id: string, inputId: string) => done(input.$delete(atInput(id, inputId))),
  /** Puts one input on air, whatever the priorities say. */
  pinInput: (id: string, inputId: string) => read(input.activate.$post(atInput(id, inputId))),
  /** Back to automatic. */
  releaseInput: (id: string) => read(stream.inputs.release.$post(at(id))),

  addDestination: (id: string, body: NewDestination) => read(stream.destinations.$post({ ...at(id), json: body })),
  changeDestination: (id: string, destinationId: string, body: PatchDestination) =>
    read(destination.$patch({ ...atDestination(id, destinationId), query: {}, json: body })),
  /** What a change would do to the broadcast there, without doing it. */
  effectsOnDestination: async (id: string, destinationId: string, body: PatchDestination) =>
    (await read(destination.$patch({ ...atDestination(id, destinationId), query: { dry_run: '1' }, json: body })))
      .effects ?? [],
  removeDestination: (id: string, destinationId: string) => done(destination.$delete(atDestination(id, destinationId))),
  retryDestination: (id: string, destinationId: string) =>
    read(destination.retry.$post(atDestination(id, destinationId))),
  /** Tries a connection on a worker, without publishing. */
  checkDestination: (id: string, body: ReturnType<typeof checkRequest>) =>
    read(patient.v1['live-streams'][':id'].destinations.check.$post({ ...at(id), json: body })),
  /** For the broadcast that is on, else for the next one. */
  orderDestination: (id: string, destinationId: string, order: DestinationOrder) =>
    read(destination[order].$post(atDestination(id, destinationId))),

  /** Oldest first. */
  webhooks: async () => (await read(v1.webhooks.$get({ query: { limit: '200' } }))).data,
  /** The answer alone has the secret. */
  createWebhook: (body: PatchWebhook & { url: string }) =>
    read(v1.webhooks.$post({ json: body })) as Promise<WebhookWithSecret>,
  changeWebhook: (id: string, body: PatchWebhook) => read(webhook.$patch({ ...at(id), json: body })),
  deleteWebhook: (id: string) => done(webhook.$delete(at(id))),
  /** The old secret signs too for a day. */
  rotateWebhookSecret: (id: string) =>
    read(webhook['rotate-secret'].$post({ ...at(id), json: {} })) as Promise<WebhookWithSecret>,
  testWebhook: (id: string) => read(webhook.test.$post(at(id))),
  /** The last deliveries, newest first. */
  deliveries: async (id: string, state: DeliveryState | '') => {
    const query = { limit: String(deliveriesShown), ...(state && { state }) }
    return (await read(webhook.deliveries.$get({ ...at(id), query }))).data
  },
  replayDelivery: (id: string, deliveryId: string) =>
    read(
      webhook.deliveries[':deliveryId'].replay.$post({
        param: { ...at(id).param, deliveryId: encodeURIComponent(deliveryId) },
      }),
    ),

  /** Newest first. */
  alerts: async (state: 'open' | 'resolved') =>
    (await read(v1.alerts.$get({ query: { state, limit: String(alertsShown) } }))).data,
  acknowledgeAlert: (id: string) => read(v1.alerts[':id'].acknowledge.$post(at(id))),
  alertSettings: () => read(v1['alert-rules'].$get()),
  changeAlertSettings: (body: PatchAlertSettings) => read(v1['alert-rules'].$patch({ json: body })),
}
export type Api = typeof api
