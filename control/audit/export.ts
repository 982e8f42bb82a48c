import { newId } from '#schema/ids.ts'
import { auditLog } from '#schema/tables/audit-log.ts'
import type { Principal } from '../access/principal.ts'
import type { Runtime } from '../runtime.ts'

/** Writes into the audit log that somebody took the secrets of the install along: it changes nothing, and is told all the same. */
export async function auditExport({ db, now }: Runtime, principal: Principal, requestId: string): Promise<void> {
  await db.insert(auditLog).values({
    ...{ id: newId('aud'), at: now(), action: 'install.export_secrets', outcome: 'done', targetType: 'install' },
    ...{ actorTokenId: principal.tokenId, actorUserId: principal.userId, actorName: principal.name },
    requestId: requestId.slice(0, 64),
  })
}
