import { html, type TemplateResult } from 'lit'
import type { AccessScope } from '#schema/enums.ts'
import './access/access-area.ts'
import './audit/audit-area.ts'
import './data/data-area.ts'
import './logs/logs-area.ts'
import './settings/settings-area.ts'
import './workers/workers-area.ts'
import './alerts/alerts-area.ts'
import './webhooks/webhooks-area.ts'

/** One part of the administration page; each is an element of its own that reads what it shows. */
export interface Area {
  /** In the address, behind `#`. */
  readonly id: string
  readonly title: string
  readonly render: () => TemplateResult
  /** Who has not this scope is not shown it. */
  readonly needs?: AccessScope
  /** Everybody may use it; left out, those without the scope `admin` may only look. */
  readonly isForAll?: boolean
}

/** In the order in which they are shown. */
export const areas: readonly Area[] = [
  { id: 'workers', title: 'Workers', render: () => html`<workers-area></workers-area>` },
  { id: 'alerts', title: 'Alerts', render: () => html`<alerts-area></alerts-area>`, isForAll: true },
  { id: 'webhooks', title: 'Webhooks', render: () => html`<webhooks-area></webhooks-area>`, needs: 'admin' },
  { id: 'access', title: 'Access', render: () => html`<access-area></access-area>`, isForAll: true },
  { id: 'audit', title: 'Audit log', render: () => html`<audit-area></audit-area>`, needs: 'admin' },
  { id: 'settings', title: 'Settings', render: () => html`<settings-area></settings-area>` },
  { id: 'data', title: 'Data', render: () => html`<data-area></data-area>`, needs: 'admin' },
  { id: 'logs', title: 'Logs', render: () => html`<logs-area></logs-area>` },
]
