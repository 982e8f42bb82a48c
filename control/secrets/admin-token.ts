import { apiTokens } from '#schema/tables/credentials.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from './token-digest.ts'

/** Makes `token` the admin token; one that was the admin token before is refused from now on. */
export async function setAdminToken({ db, now }: Pick<Runtime, 'db' | 'now'>, token: string): Promise<void> {
  const digest = await tokenDigest(token)
  await db
    .insert(apiTokens)
    .values({ id: 'tok_admin', name: 'Admin', digest, createdAt: now() })
    .onConflictDoUpdate({ target: apiTokens.id, set: { digest } })
}
