import { newId } from '#schema/ids.ts'
import { auditLog } from '#schema/tables/audit-log.ts'
import type { Database } from '../db/database.ts'
import { currentRequestId } from '../request-scope.ts'

/** Who has joined, and what it said of itself. */
interface Joined {
  readonly id: string
  readonly name: string
  readonly labels: readonly string[]
  readonly originUrl: string
  /** By which it came; the line about its making says who made it. */
  readonly joinTokenId: string
}

/** Statement: writes into the audit log that a worker joined, which no operator asked the API for. */
export const auditJoin = (db: Database, { id, name, labels, originUrl, joinTokenId }: Joined, at: Date) =>
  db.insert(auditLog).values({
    ...{
      id: newId('aud'),
      at,
      action: 'worker.join',
      outcome: 'done',
      targetType: 'worker',
      targetId: id,
      targetName: name,
    },
    ...{ actorTokenId: joinTokenId, actorName: name, requestId: (currentRequestId() ?? '').slice(0, 64) },
    after: { name, labels, origin_url: originUrl },
  })
