import { getTableColumns, sql } from 'drizzle-orm'
import type { InputRequest, PatchInput } from '#schema/contracts/input.ts'
import { inputsMax } from '#schema/contracts/live-stream.ts'
import { newId } from '#schema/ids.ts'
import { type InputRow, inputs } from '#schema/tables/inputs.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { inputTokenContext, inputUrlsContext } from '../secrets/contexts.ts'
import type { SecretBox } from '../secrets/secret-box.ts'
import { shownUrl } from './shown-url.ts'

type Unplaced = Omit<InputRow, 'priority'>

/** A new input as the database keeps it, but for its place: its secrets sealed, its addresses once more without them. */
export async function newInputRow(
  secretBox: SecretBox,
  liveStreamId: string,
  wanted: InputRequest,
  at: Date,
): Promise<Unplaced> {
  const id = newId('in')
  return {
    id,
    liveStreamId,
    type: wanted.type,
    name: wanted.name,
    urlsSealed: null,
    shownUrls: null,
    playlist: null,
    loop: wanted.type === 'pull' ? wanted.loop : null,
    quality: wanted.type === 'channel' ? wanted.quality : null,
    oauthTokenSealed: null,
    ...(await sealedFields(secretBox, id, wanted)),
    createdAt: at,
    updatedAt: at,
  }
}

/**
 * Statement: adds an input to a live stream that is there and has fewer than {@link inputsMax}, as the last choice where it
 * names no `priority`. Gives the id of what was added.
 */
export function insertInput(db: Database, row: Unplaced, priority: number | undefined) {
  const sisters = sql`FROM inputs AS sisters WHERE sisters.live_stream_id = ${row.liveStreamId}`
  const lastChoice = sql`(SELECT min(100, coalesce(max(sisters.priority), 0) + 1) ${sisters})`
  const values = Object.entries(getTableColumns(inputs)).map(([name, column]) =>
    name === 'priority' ? sql`${priority ?? lastChoice}` : sql`${sql.param(row[name as keyof Unplaced], column)}`,
  )
  return db
    .insert(inputs)
    .select(
      sql`SELECT ${sql.join(values, sql`, `)} FROM ${liveStreams}
        WHERE ${liveStreams.id} = ${row.liveStreamId} AND (SELECT count(*) ${sisters}) < ${inputsMax}`,
    )
    .returning({ id: inputs.id })
}

/** The columns that hold addresses or a token, as far as `wanted` names them. */
export async function sealedFields(
  secretBox: SecretBox,
  id: string,
  wanted: InputRequest | PatchInput,
): Promise<Partial<Pick<InputRow, 'urlsSealed' | 'shownUrls' | 'playlist' | 'oauthTokenSealed'>>> {
  const playlist = 'urls' in wanted ? wanted.urls : undefined
  const single = 'url' in wanted ? wanted.url : undefined
  const urls = playlist ?? (single === undefined ? undefined : [single])
  const token = 'oauth_token' in wanted ? wanted.oauth_token : undefined
  return {
    ...(urls && {
      urlsSealed: await secretBox.seal(JSON.stringify(urls), inputUrlsContext(id)),
      shownUrls: urls.map(shownUrl),
      playlist: playlist !== undefined,
    }),
    ...(token !== undefined && {
      oauthTokenSealed: token === null ? null : await secretBox.seal(token, inputTokenContext(id)),
    }),
  }
}
