import { Hono } from 'hono'
import * as v from 'valibot'
import { alertSchema, alertSettings, patchAlertSettings } from '#schema/contracts/alert.ts'
import { principalOf } from '../access/principal.ts'
import { presentAlert } from '../alerts/present.ts'
import { changeAlertSettings, loadAlertSettings } from '../alerts/rules.ts'
import { acknowledgeAlert, listAlerts } from '../alerts/store.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody, queryParameters } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'
import { cursorFor, pageOf, pageQuery, pageSchema, readCursor } from './page.ts'

const alertQuery = v.strictObject({ ...pageQuery.entries, state: v.optional(v.picklist(['open', 'resolved'])) })

/** What is or was wrong for long enough to tell somebody. */
export const alertRoutes = (runtime: Runtime) =>
  new Hono()
    .get(
      '/',
      describe('List alerts, newest first', 200, pageSchema(alertSchema)),
      queryParameters(alertQuery),
      async (c) => {
        const { limit, cursor, state } = c.req.valid('query')
        const before = cursor === undefined ? undefined : readCursor(cursor, v.number())
        const rows = await listAlerts(runtime.db, { state, before, limit: limit + 1 })
        const page = pageOf(rows, limit, (last) => cursorFor(last.seq))
        return c.json({ data: page.data.map(presentAlert), next_cursor: page.next_cursor })
      },
    )
    .post(
      '/:id/acknowledge',
      describe('Say that somebody knows of an alert: no more reminders', 200, alertSchema),
      async (c) => c.json(presentAlert(await acknowledgeAlert(runtime, c.req.param('id'), principalOf(c).name))),
    )

/** When there is an alert, and when it is sent. */
export const alertRuleRoutes = ({ db }: Runtime) =>
  new Hono()
    .get('/', describe('Read the rules of alerts, with quiet times and reminders', 200, alertSettings), async (c) =>
      c.json(await loadAlertSettings(db)),
    )
    .patch(
      '/',
      describe('Change the rules of alerts, quiet times or reminders', 200, alertSettings),
      jsonBody(patchAlertSettings),
      async (c) => c.json(await changeAlertSettings(db, c.req.valid('json'))),
    )
