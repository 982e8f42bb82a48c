import { newSecret } from '#schema/ids.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import type { Runtime } from '../runtime.ts'
import { shownUrl } from '../streams/shown-url.ts'
import { newWebhookSecret } from '../webhooks/sign.ts'
import type { ExportedRow } from './row.ts'
import { propertyOf, type Section } from './sections.ts'

interface Secrets {
  /** Came with the export, by name. */
  readonly given: Readonly<Record<string, string>>
  /** Those of the row that is here. */
  readonly known: Readonly<Record<string, string>>
  readonly isNew: boolean
}

export interface SecretColumns {
  /** By Drizzle's names. */
  readonly columns: Readonly<Record<string, unknown>>
  /** What has to be entered by hand, and what was done until then. */
  readonly missing: readonly { readonly name: string; readonly detail: string }[]
  /** It must not run without. */
  readonly switchOff: boolean
}

/** A place that does not exist (RFC 2606): what an input has until somebody gives it its address again. */
const nowhere = 'https://address-left-out.invalid/'

/** What of a row its secrets decide. One that neither came nor is here is made anew where Weir may choose it. */
export async function secretColumns(
  { secretBox }: Pick<Runtime, 'secretBox'>,
  section: Section,
  row: ExportedRow,
  { given, known, isNew }: Secrets,
): Promise<SecretColumns> {
  const columns: Record<string, unknown> = {}
  const missing: { name: string; detail: string }[] = []
  let switchOff = false
  const named = Array.isArray(row.secrets) ? (row.secrets as string[]) : []
  const set = async (name: string, secret: string) => {
    const field = section.secrets[name]
    if (field) columns[propertyOf(section.table, field.column)] = await secretBox.seal(secret, field.context(row.id))
  }
  for (const name of Object.keys(section.secrets)) {
    const secret = given[name]
    if (secret !== undefined && secret !== known[name]) await set(name, secret)
    if (secret !== undefined || name in known) continue
    if (!named.includes(name) && !isAlwaysThere(section, name, row)) continue
    const { made, detail, mustWait } =
      section.name === 'destinations' && !named.includes(name) ? empty : standIn(section, name)
    if (made !== null) await set(name, made)
    if (detail !== null && (isNew || made !== null)) missing.push({ name, detail })
    switchOff ||= mustWait
    if (made !== null && section.name === 'live_streams' && name === 'stream_key')
      columns.streamKeyDigest = await streamKeyDigest(made)
    if (made !== null && name === 'urls') columns.shownUrls = [nowhere]
  }
  if (section.name === 'live_streams' && given.stream_key !== undefined)
    columns.streamKeyDigest = await streamKeyDigest(given.stream_key)
  if (given.urls !== undefined) columns.shownUrls = (JSON.parse(given.urls) as string[]).map(shownUrl)
  return { columns, missing, switchOff }
}

/** Without it no such row can be. */
function isAlwaysThere({ name: section }: Section, name: string, { type }: ExportedRow): boolean {
  if (section === 'live_streams') return true
  if (section === 'inputs') return name === 'urls' && (type === 'pull' || type === 'channel')
  return (section === 'destinations' && name === 'stream_key') || section === 'webhooks'
}

/** An SRT destination may have no stream id. */
const empty = { made: '', detail: null, mustWait: false }

/** `made`: what takes its place; null: nothing does. */
function standIn(
  { name: section }: Section,
  name: string,
): { readonly made: string | null; readonly detail: string | null; readonly mustWait: boolean } {
  switch (`${section}.${name}`) {
    case 'live_streams.stream_key':
      return { made: newSecret(), detail: 'It has a new stream key: give it to the encoder.', mustWait: false }
    case 'live_streams.srt_passphrase':
      return { made: newSecret(), detail: null, mustWait: false }
    case 'inputs.urls':
      return {
        made: JSON.stringify([nowhere]),
        detail: 'Enter its address again; until then nothing comes from it.',
        mustWait: false,
      }
    case 'inputs.oauth_token':
      return { made: null, detail: 'Enter the token of its account again.', mustWait: false }
    case 'destinations.stream_key':
      return { made: '', detail: 'It is paused: enter its stream key, then switch it on.', mustWait: true }
    case 'destinations.srt_passphrase':
      return { made: null, detail: 'It is paused: enter its passphrase, then switch it on.', mustWait: true }
    default:
      return {
        made: newWebhookSecret(),
        detail: 'It is off and has a new secret: give that to its receiver.',
        mustWait: true,
      }
  }
}
