import { sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** What holds for the whole install: one row for each setting, its value JSON. */
export const installSettings = sqliteTable('install_settings', {
  name: text('name').primaryKey(),
  value: text('value', { mode: 'json' }).$type<unknown>().notNull(),
})
