import { getTableColumns } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as v from 'valibot'
import { accessName } from '#schema/contracts/access.ts'
import { patchDestination } from '#schema/contracts/destination.ts'
import { srtPassphrase, streamKey } from '#schema/contracts/destination-address.ts'
import { oauthToken, patchInput, pullUrl } from '#schema/contracts/input.ts'
import { patchLiveStream } from '#schema/contracts/live-stream.ts'
import { patchPlaybackId } from '#schema/contracts/playback-id.ts'
import { slateSettings } from '#schema/contracts/slate.ts'
import { patchWebhook } from '#schema/contracts/webhook.ts'
import { platforms } from '#schema/platforms.ts'
import { destinations } from '#schema/tables/destinations.ts'
import { inputs } from '#schema/tables/inputs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { playbackIds } from '#schema/tables/playback-ids.ts'
import { users } from '#schema/tables/users.ts'
import { webhooks } from '#schema/tables/webhooks.ts'
import {
  destinationPassphraseContext,
  destinationSecretContext,
  inputTokenContext,
  inputUrlsContext,
  srtPassphraseContext,
  streamSecretContext,
  webhookSecretContext,
} from '../secrets/contexts.ts'

const destinationFields = patchDestination.pipe[0].entries

const ownStreamKey = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,256}$/))
const addresses = v.pipe(v.string(), v.parseJson(), v.array(pullUrl), v.minLength(1), v.maxLength(500))
const webhookSecret = v.pipe(v.string(), v.regex(/^whsec_[\w+/=-]{20,200}$/))

/** A secret of a row: the column that holds it sealed, and for what place it is sealed. */
export interface SecretField {
  readonly column: string
  readonly context: (id: string) => string
  /** What it may be. */
  readonly check: v.GenericSchema<string, unknown>
}

/**
 * One kind of configuration in an export: a list of rows as the table has them, by the names of its columns. What a later
 * version adds to a table has a default, so that an older export goes on being imported.
 */
export interface Section {
  readonly name: SectionName
  readonly table: SQLiteTable & { readonly id: SQLiteColumn; readonly createdAt: SQLiteColumn }
  /** What people call one. */
  readonly what: string
  /** Of ids. */
  readonly prefix: 'ls' | 'in' | 'dst' | 'pb' | 'whk' | 'usr'
  /** What is observed, counted or follows from something else. Sealed and digested columns are never in it. */
  readonly without: readonly string[]
  /** By the name that they have in an export. */
  readonly secrets: Readonly<Record<string, SecretField>>
  /** Columns that name another row, and its section. */
  readonly references: Readonly<Record<string, SectionName>>
  /** What the API asks of these columns. */
  readonly check: v.GenericSchema
  readonly most: number
}

export const sectionNames = ['live_streams', 'inputs', 'destinations', 'playback_ids', 'webhooks', 'users'] as const
export type SectionName = (typeof sectionNames)[number]

/** In the order in which they are imported: what is named comes before what names it. */
export const sections: readonly Section[] = [
  {
    name: 'live_streams',
    table: liveStreams,
    what: 'live stream',
    prefix: 'ls',
    without: ['revision', 'updated_at', 'previous_key_until'],
    secrets: {
      stream_key: { column: 'stream_key_sealed', context: streamSecretContext, check: ownStreamKey },
      srt_passphrase: { column: 'srt_passphrase_sealed', context: srtPassphraseContext, check: srtPassphrase },
    },
    references: { pinned_input_id: 'inputs' },
    check: v.object({ ...patchLiveStream.entries, slate: slateSettings }),
    most: 5_000,
  },
  {
    name: 'inputs',
    table: inputs,
    what: 'input',
    prefix: 'in',
    without: ['shown_urls', 'updated_at'],
    secrets: {
      urls: { column: 'urls_sealed', context: inputUrlsContext, check: addresses },
      oauth_token: { column: 'oauth_token_sealed', context: inputTokenContext, check: oauthToken },
    },
    references: { live_stream_id: 'live_streams' },
    check: v.object({
      ...{ name: patchInput.entries.name, priority: patchInput.entries.priority },
      quality: v.nullish(patchInput.entries.quality),
    }),
    most: 40_000,
  },
  {
    name: 'destinations',
    table: destinations,
    what: 'destination',
    prefix: 'dst',
    without: ['ordered', 'ordered_at', 'over_at', 'updated_at'],
    secrets: {
      stream_key: { column: 'stream_key_sealed', context: destinationSecretContext, check: streamKey },
      srt_passphrase: { column: 'srt_passphrase_sealed', context: destinationPassphraseContext, check: srtPassphrase },
    },
    references: { live_stream_id: 'live_streams' },
    check: v.object({
      ...{ name: destinationFields.name, url: destinationFields.url, profile: destinationFields.profile },
      ...{ max_duration_s: destinationFields.max_duration_s, ca_pem: destinationFields.ca_pem },
      platform: v.picklist(platforms.map(({ id }) => id)),
    }),
    most: 100_000,
  },
  {
    name: 'playback_ids',
    table: playbackIds,
    what: 'playback id',
    prefix: 'pb',
    without: [],
    secrets: {},
    references: { live_stream_id: 'live_streams' },
    check: v.object(patchPlaybackId.entries),
    most: 100_000,
  },
  {
    name: 'webhooks',
    table: webhooks,
    what: 'webhook',
    prefix: 'whk',
    without: ['disabled_reason', 'disabled_at', 'previous_secret_until', 'failing_since', 'failures', 'updated_at'],
    secrets: { secret: { column: 'secret_sealed', context: webhookSecretContext, check: webhookSecret } },
    references: { live_stream_id: 'live_streams' },
    check: v.object(patchWebhook.entries),
    most: 50,
  },
  {
    name: 'users',
    table: users,
    what: 'user',
    prefix: 'usr',
    without: [],
    secrets: {},
    references: {},
    check: v.object({ name: accessName }),
    most: 500,
  },
]

/** A column that goes into an export, under the name that it has in the database. */
export interface ShownColumn {
  /** In Drizzle's rows. */
  readonly property: string
  readonly name: string
  readonly column: SQLiteColumn
}

/** What of a section's rows is shown: all but what its spec leaves out, and whatever is sealed or a digest. */
export function shownColumns({ table, without }: Section): readonly ShownColumn[] {
  return Object.entries(getTableColumns(table))
    .map(([property, column]) => ({ property, name: column.name, column }))
    .filter(({ name }) => !without.includes(name) && !/_sealed$|digest/.test(name))
}

/** In Drizzle's rows, the property of a column. */
export function propertyOf(table: SQLiteTable, name: string): string {
  const found = Object.entries(getTableColumns(table)).find(([, column]) => column.name === name)
  if (!found) throw new Error(`There is no column ${name}.`)
  return found[0]
}
