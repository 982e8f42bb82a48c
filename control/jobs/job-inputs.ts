import type { JobInput } from '#schema/contracts/job.ts'
import type { InputRow } from '#schema/tables/inputs.ts'
import { inputTokenContext, inputUrlsContext } from '../secrets/contexts.ts'
import type { SecretBox } from '../secrets/secret-box.ts'

/** An input as its job has it; `seal` makes a secret readable for the one worker that the job is for. */
export async function jobInput(
  secretBox: SecretBox,
  seal: (secret: string) => Promise<string>,
  { id, type, priority, name, ...row }: InputRow,
): Promise<JobInput> {
  const base = { id, priority, ...(name !== null && { name }) }
  if (type === 'push' || type === 'test') return { ...base, type }
  if (row.urlsSealed === null) throw new Error(`The input ${id} has no address.`)
  const urls = await secretBox.open(row.urlsSealed, inputUrlsContext(id))
  if (type === 'pull')
    return {
      ...base,
      type,
      sealed_urls: await seal(urls),
      loop: row.loop === true,
      playlist: row.playlist === true,
    }
  const [url = ''] = JSON.parse(urls) as string[]
  const token = row.oauthTokenSealed && (await secretBox.open(row.oauthTokenSealed, inputTokenContext(id)))
  return { ...base, type, url, quality: row.quality ?? 'best', sealed_oauth_token: token && (await seal(token)) }
}
