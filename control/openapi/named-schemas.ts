import { resolver } from 'hono-openapi'
import type * as v from 'valibot'
import * as access from '#schema/contracts/access.ts'
import * as alert from '#schema/contracts/alert.ts'
import * as asset from '#schema/contracts/asset.ts'
import * as auditLog from '#schema/contracts/audit-log.ts'
import * as beacon from '#schema/contracts/beacon.ts'
import * as broadcast from '#schema/contracts/broadcast.ts'
import * as broadcastTally from '#schema/contracts/broadcast-tally.ts'
import * as destination from '#schema/contracts/destination.ts'
import * as destinationCheck from '#schema/contracts/destination-check.ts'
import * as destinationProfile from '#schema/contracts/destination-profile.ts'
import * as effect from '#schema/contracts/effect.ts'
import * as input from '#schema/contracts/input.ts'
import * as keys from '#schema/contracts/keys.ts'
import * as ladder from '#schema/contracts/ladder.ts'
import * as liveStream from '#schema/contracts/live-stream.ts'
import * as log from '#schema/contracts/log.ts'
import * as logLevels from '#schema/contracts/log-levels.ts'
import * as metrics from '#schema/contracts/metrics.ts'
import * as packaging from '#schema/contracts/packaging.ts'
import * as placement from '#schema/contracts/placement.ts'
import * as plan from '#schema/contracts/plan.ts'
import * as plannedEncode from '#schema/contracts/planned-encode.ts'
import * as platform from '#schema/contracts/platform.ts'
import * as playback from '#schema/contracts/playback.ts'
import * as playbackId from '#schema/contracts/playback-id.ts'
import * as samples from '#schema/contracts/samples.ts'
import * as settings from '#schema/contracts/settings.ts'
import * as slate from '#schema/contracts/slate.ts'
import * as source from '#schema/contracts/source.ts'
import * as transfer from '#schema/contracts/transfer.ts'
import * as webhook from '#schema/contracts/webhook.ts'
import * as worker from '#schema/contracts/worker.ts'
import * as workerAdmin from '#schema/contracts/worker-admin.ts'
import * as problem from '#schema/problem.ts'

const contracts = [
  access,
  alert,
  auditLog,
  beacon,
  keys,
  log,
  logLevels,
  metrics,
  placement,
  playbackId,
  samples,
  settings,
  transfer,
  webhook,
  workerAdmin,
  asset,
  broadcast,
  broadcastTally,
  destination,
  destinationCheck,
  destinationProfile,
  effect,
  input,
  ladder,
  liveStream,
  packaging,
  plan,
  plannedEncode,
  platform,
  playback,
  slate,
  source,
  worker,
  problem,
]

/** A JSON schema, as far as it is walked here. */
export interface JsonSchema {
  readonly [member: string]: unknown
}

/** Kinds of valibot schemas that are worth a name of their own. */
const worthAName = new Set(['strict_object', 'object', 'loose_object', 'variant', 'union'])

/** The exported contracts as JSON schemas, by the name that they have in `components/schemas`: `liveStreamSchema` is `LiveStream`. */
export async function namedSchemas(): Promise<ReadonlyMap<string, JsonSchema>> {
  const named = new Map<string, JsonSchema>()
  for (const exported of contracts) {
    for (const [name, schema] of Object.entries(exported) as [string, unknown][]) {
      if (!isSchema(schema) || !worthAName.has(schema.type)) continue
      const { schema: json } = await resolver(schema).toOpenAPISchema()
      named.set(componentName(name), json as JsonSchema)
    }
  }
  return named
}

const isSchema = (value: unknown): value is v.GenericSchema =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'schema'

/** `liveStreamSchema` is `LiveStream`. */
export const componentName = (name: string): string =>
  name.charAt(0).toUpperCase() + name.slice(1).replace(/Schema$/, '')
