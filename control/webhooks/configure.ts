import { and, asc, eq, sql } from 'drizzle-orm'
import type { CreateWebhook, PatchWebhook } from '#schema/contracts/webhook.ts'
import { newId } from '#schema/ids.ts'
import { type WebhookRow, webhookDeliveries, webhooks } from '#schema/tables/webhooks.ts'
import type { Database } from '../db/database.ts'
import { ApiError, type FieldError, notFound } from '../errors.ts'
import { asRead, changedMeanwhile } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { webhookSecretContext } from '../secrets/contexts.ts'
import { requireStream } from '../streams/load.ts'
import { webhooksMax } from './limits.ts'
import { giveUpOfDisabled } from './settle.ts'
import { newWebhookSecret } from './sign.ts'

/** All webhooks, oldest first. */
export const listWebhooks = (db: Database): Promise<WebhookRow[]> =>
  db.select().from(webhooks).orderBy(asc(webhooks.createdAt), asc(webhooks.id))

/** The webhook with this id, or a 404. */
export async function requireWebhook(db: Database, id: string): Promise<WebhookRow> {
  const [row] = await db.select().from(webhooks).where(eq(webhooks.id, id))
  if (!row) throw notFound('webhook')
  return row
}

/** Makes a webhook; its secret is shown once. */
export async function createWebhook(
  runtime: Runtime,
  wanted: CreateWebhook,
): Promise<{ readonly row: WebhookRow; readonly secret: string }> {
  const { db, secretBox, now } = runtime
  await check(runtime, wanted)
  const at = now()
  const id = newId('whk')
  const secret = newWebhookSecret()
  const row: WebhookRow = {
    id,
    url: wanted.url,
    description: wanted.description,
    events: wanted.events,
    liveStreamId: wanted.live_stream_id,
    enabled: wanted.enabled,
    disabledReason: null,
    disabledAt: null,
    secretSealed: await secretBox.seal(secret, webhookSecretContext(id)),
    previousSecretSealed: null,
    previousSecretUntil: null,
    failingSince: null,
    failures: 0,
    createdAt: at,
    updatedAt: at,
  }
  const [count] = await db.select({ of: sql<number>`count(*)` }).from(webhooks)
  if ((count?.of ?? 0) >= webhooksMax)
    throw new ApiError('conflict', `There are ${webhooksMax} webhooks, which is the most. Delete one first.`)
  await db.insert(webhooks).values(row)
  return { row, secret }
}

/** Changes what is named. Switched on again, it counts as one that has not failed; switched off, nothing waits for it. */
export async function changeWebhook(runtime: Runtime, id: string, change: PatchWebhook): Promise<WebhookRow> {
  const { db, now } = runtime
  await requireWebhook(db, id)
  await check(runtime, change)
  const { url, events, description, enabled, live_stream_id: liveStreamId } = change
  const isNew = enabled === true || url !== undefined
  const [[row]] = await db.batch([
    db
      .update(webhooks)
      .set({
        ...(url !== undefined && { url }),
        ...(events && { events }),
        ...(description !== undefined && { description }),
        ...(liveStreamId !== undefined && { liveStreamId }),
        ...(enabled !== undefined && { enabled, disabledReason: null, disabledAt: null }),
        ...(isNew && { failingSince: null, failures: 0 }),
        updatedAt: now(),
      })
      .where(and(eq(webhooks.id, id), asRead(webhooks.updatedAt)))
      .returning(),
    giveUpOfDisabled({ db }, id),
  ])
  if (row) return row
  await requireWebhook(db, id)
  throw changedMeanwhile()
}

/** A new secret; the one before signs too for `overlapSeconds`. */
export async function rotateSecret(
  { db, secretBox, now }: Runtime,
  id: string,
  overlapSeconds: number,
): Promise<{ readonly row: WebhookRow; readonly secret: string }> {
  const { secretSealed } = await requireWebhook(db, id)
  const secret = newWebhookSecret()
  const at = now()
  const keepsOld = overlapSeconds > 0
  const [row] = await db
    .update(webhooks)
    .set({
      secretSealed: await secretBox.seal(secret, webhookSecretContext(id)),
      previousSecretSealed: keepsOld ? secretSealed : null,
      previousSecretUntil: keepsOld ? new Date(at.getTime() + overlapSeconds * 1_000) : null,
      updatedAt: at,
    })
    // Of two at once one is refused, or what it showed would sign nothing.
    .where(sql`${webhooks.id} = ${id} AND ${webhooks.secretSealed} = ${secretSealed}`)
    .returning()
  if (!row) throw new ApiError('conflict', 'The secret was changed by somebody else just now. Look, then try again.')
  return { row, secret }
}

/** Deletes it, with what waits for it and its log. */
export async function deleteWebhook(db: Database, id: string): Promise<void> {
  const [deleted] = await db.batch([
    db
      .delete(webhooks)
      .where(and(eq(webhooks.id, id), asRead(webhooks.updatedAt)))
      .returning({ id: webhooks.id }),
    db
      .delete(webhookDeliveries)
      .where(sql`webhook_id = ${id} AND NOT EXISTS (SELECT 1 FROM webhooks WHERE id = ${id})`),
  ])
  if (deleted.length > 0) return
  await requireWebhook(db, id)
  throw changedMeanwhile()
}

async function check({ db, webhookPosts }: Runtime, wanted: Pick<PatchWebhook, 'url' | 'live_stream_id'>) {
  const { url, live_stream_id } = wanted
  const errors: FieldError[] = []
  const refusal = url === undefined ? null : webhookPosts.refusal(new URL(url))
  if (refusal !== null) errors.push({ pointer: '/url', detail: refusal })
  if (typeof live_stream_id === 'string' && !(await isStream(db, live_stream_id)))
    errors.push({ pointer: '/live_stream_id', detail: 'There is no live stream with this id.' })
  if (errors.length > 0)
    throw new ApiError('validation_failed', 'Some fields are not as they should be; errors says which and why.', {
      errors,
    })
}

const isStream = (db: Database, id: string): Promise<boolean> =>
  requireStream(db, id).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ApiError && error.code === 'not_found') return false
      throw error
    },
  )
