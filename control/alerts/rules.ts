import { eq } from 'drizzle-orm'
import * as v from 'valibot'
import { alertRuleDefaults } from '#schema/alert-rules.ts'
import {
  type AlertSettings,
  alertSettings,
  type PatchAlertSettings,
  patchAlertSettings,
} from '#schema/contracts/alert.ts'
import { installSettings } from '#schema/tables/install-settings.ts'
import type { Database } from '../db/database.ts'
import { requireAsRead } from '../requests/as-read.ts'
import { changeSetting } from '../settings/change-setting.ts'

const setting = 'alerts'
const usualReminderHours = 12

/** What is stored: what differs from the defaults. */
const stored = v.object(patchAlertSettings.entries)
type Stored = v.InferOutput<typeof stored>

/** Statement: what somebody has set; {@link readAlertSettings} reads it. */
export const selectAlertSettings = (db: Database) =>
  db.select({ value: installSettings.value }).from(installSettings).where(eq(installSettings.name, setting))

/** The rules with what somebody has changed in them, quiet times, reminders. */
export function readAlertSettings(rows: readonly { readonly value: unknown }[]): AlertSettings {
  const { rules: changed, quiet_times = [], reminder_hours = usualReminderHours } = readStored(rows)
  const rules = alertRuleDefaults.map(({ clearSeconds: _, ...rule }) => ({
    ...rule,
    ...defined(changed?.find(({ kind }) => kind === rule.kind) ?? {}),
  }))
  return { rules, quiet_times, reminder_hours }
}

export const loadAlertSettings = async (db: Database): Promise<AlertSettings> =>
  readAlertSettings(await selectAlertSettings(db))

/** Changes what is named, and gives all of it. */
export async function changeAlertSettings(db: Database, change: PatchAlertSettings): Promise<AlertSettings> {
  const value = await changeSetting(db, setting, (present): Stored => {
    requireAsRead(readAlertSettings([{ value: present }]))
    const before = readStored([{ value: present }])
    const rules = new Map((before.rules ?? []).map((rule) => [rule.kind, rule]))
    for (const rule of change.rules ?? []) rules.set(rule.kind, { ...rules.get(rule.kind), ...rule })
    return { ...before, ...defined(change), rules: [...rules.values()] }
  })
  return v.parse(alertSettings, readAlertSettings([{ value }]))
}

/** What a later version has stored and this one does not know counts as not set. */
function readStored([row]: readonly { readonly value: unknown }[]): Stored {
  const read = v.safeParse(stored, row?.value ?? {})
  return read.success ? read.output : {}
}

const defined = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>
  }
