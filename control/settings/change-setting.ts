import { eq, sql } from 'drizzle-orm'
import { installSettings } from '#schema/tables/install-settings.ts'
import type { Database } from '../db/database.ts'
import { changedMeanwhile, isConditional } from '../requests/as-read.ts'

/** Another change can come in between so often; one more would be no accident. */
const triesMax = 10

/**
 * Changes a setting that is stored as a whole, from what is stored to what `change` makes of it, and gives that. Of several
 * changes at once none is lost: what was written meanwhile is read again. A request with If-Match is refused then; `change` asks
 * `requireAsRead` whether it names what is stored.
 */
export async function changeSetting<Value>(
  db: Database,
  name: string,
  change: (stored: unknown) => Value,
): Promise<Value> {
  for (let tries = 0; tries < triesMax; tries++) {
    const [row] = await db
      .select({ text: sql<string>`${installSettings.value}` })
      .from(installSettings)
      .where(eq(installSettings.name, name))
    const value = change(row && JSON.parse(row.text))
    const changed = await db
      .insert(installSettings)
      .values({ name, value })
      .onConflictDoUpdate({
        target: installSettings.name,
        set: { value },
        setWhere: sql`${installSettings.value} IS ${row?.text ?? null}`,
      })
      .returning({ name: installSettings.name })
    if (changed.length > 0) return value
    if (isConditional()) break
  }
  throw changedMeanwhile()
}
