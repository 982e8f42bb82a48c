import { html, type TemplateResult } from 'lit'
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
}

/** In the order in which they are shown. */
export const areas: readonly Area[] = [
  { id: 'workers', title: 'Workers', render: () => html`<workers-area></workers-area>` },
  { id: 'alerts', title: 'Alerts', render: () => html`<alerts-area></alerts-area>` },
  { id: 'webhooks', title: 'Webhooks', render: () => html`<webhooks-area></webhooks-area>` },
  { id: 'settings', title: 'Settings', render: () => html`<settings-area></settings-area>` },
]
