import { asc, sql } from 'drizzle-orm'
import { inputs } from '#schema/tables/inputs.ts'

/** First choice first; of two with the same priority, the older: rows are numbered as they come in. */
export const inputOrder = [asc(inputs.priority), sql`inputs.rowid`] as const
