import { html, type TemplateResult } from 'lit'
import { highestThresholds } from '#schema/alert-rules.ts'
import type { AlertRule } from '#schema/contracts/alert.ts'
import { severities } from '#schema/enums.ts'

type Change = Partial<Pick<AlertRule, 'enabled' | 'severity' | 'threshold'>>

/** One rule: on or off, from when on, how bad. */
export function ruleRow(
  { title, about, enabled, severity, threshold, unit }: AlertRule,
  change: (changed: Change) => void,
): TemplateResult {
  const onThreshold = (event: Event) => {
    const field = event.target as HTMLInputElement
    if (field.checkValidity()) change({ threshold: field.valueAsNumber })
    else field.reportValidity()
  }
  return html`
    <tr>
      <td>
        <label class="switch">
          <input type="checkbox" .checked=${enabled} @change=${(event: Event) => change({ enabled: (event.target as HTMLInputElement).checked })}>
          <span><b>${title}</b><span class="quiet">${about}</span></span>
        </label>
      </td>
      <td>
        <span class="threshold">
          <input type="number" min="0" max=${highestThresholds[unit]} step="1" required .value=${String(threshold)}
            ?disabled=${!enabled} aria-label=${`${title}: ${unitWords[unit]}`} @change=${onThreshold}>
          ${unitWords[unit]}
        </span>
      </td>
      <td>
        <select ?disabled=${!enabled} aria-label=${`${title}: how bad`}
          @change=${(event: Event) => change({ severity: (event.target as HTMLSelectElement).value as AlertRule['severity'] })}>
          ${severities.map((each) => html`<option value=${each} ?selected=${each === severity}>${severityWords[each]}</option>`)}
        </select>
      </td>
    </tr>`
}

const unitWords = { seconds: 'seconds', percent: '% of room', days: 'days' } as const
const severityWords = { info: 'To know', warning: 'Warning', error: 'Error' } as const
