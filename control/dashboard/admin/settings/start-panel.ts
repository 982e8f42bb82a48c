import { html, type TemplateResult } from 'lit'
import type { StartSettings } from '#schema/contracts/settings.ts'

/** What is set where Weir is started: to be read here, and changed there. */
export const startPanel = (start: StartSettings): TemplateResult => html`
  <section class="panel">
    <h3>Set at the start</h3>
    <p class="quiet">These come from the environment of the control plane. Change them there, and start it again.</p>
    <dl class="start-settings">
      ${facts(start).map(
        ([words, variable, value]) => html`
          <div>
            <dt>${words} <code>${variable}</code></dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`

const facts = (start: StartSettings): readonly (readonly [words: string, variable: string, value: string])[] => [
  ['Address of this install', 'WEIR_PUBLIC_URL', start.public_url ?? 'the one that a browser asks at'],
  ['Other sites whose pages may call the API', 'WEIR_CORS_ORIGINS', siteWords(start.cors_origins)],
  [
    'Requests of one token',
    'WEIR_RATE_LIMIT',
    start.rate_limit_per_minute === 0 ? 'no limit' : `${start.rate_limit_per_minute.toLocaleString()} a minute`,
  ],
  ['Web server in front', 'WEIR_TRUSTED_PROXY', start.trusted_proxy_header ?? 'none'],
  ['Token for Prometheus', 'WEIR_METRICS_TOKEN', start.has_metrics_token ? 'set' : 'none'],
]

const siteWords = (origins: readonly string[]): string =>
  origins.includes('*') ? 'all' : origins.length === 0 ? 'none' : origins.join(', ')
