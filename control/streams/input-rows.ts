import type { InputRequest, PatchInput } from '#schema/contracts/input.ts'
import { newId } from '#schema/ids.ts'
import type { InputRow } from '#schema/tables/inputs.ts'
import { inputTokenContext, inputUrlsContext } from '../secrets/contexts.ts'
import type { SecretBox } from '../secrets/secret-box.ts'
import { shownUrl } from './shown-url.ts'

/** A new input as the database keeps it: its secrets sealed, its addresses once more without them. */
export async function newInputRow(
  secretBox: SecretBox,
  liveStreamId: string,
  wanted: InputRequest,
  defaultPriority: number,
  at: Date,
): Promise<InputRow> {
  const id = newId('in')
  return {
    id,
    liveStreamId,
    type: wanted.type,
    priority: wanted.priority ?? defaultPriority,
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
