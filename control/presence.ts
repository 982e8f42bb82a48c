import { eq } from 'drizzle-orm'
import { installSettings } from '#schema/tables/install-settings.ts'
import type { Database } from './db/database.ts'

/** With the install's settings: when a control plane used this database last, which keeps a restore from writing over it. */
const name = 'control_seen'

/** To be said at the start, and each 20 s or so. */
export async function tellOfControl(db: Database, now: Date): Promise<void> {
  const value = { at: now.toISOString() }
  await db
    .insert(installSettings)
    .values({ name, value })
    .onConflictDoUpdate({ target: installSettings.name, set: { value } })
}

/** It has been stopped. Another one that still runs says so again within 20 s. */
export const forgetControl = (db: Database) => db.delete(installSettings).where(eq(installSettings.name, name))
