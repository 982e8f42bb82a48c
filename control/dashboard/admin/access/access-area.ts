import { html, nothing, type TemplateResult } from 'lit'
import { may } from '../../access/may.ts'
import { LightElement } from '../../components/light-element.ts'
import './key-panel.ts'
import './own-sessions.ts'
import './people-panel.ts'
import './token-panel.ts'

/** Who may do what: people, tokens, one's own sign-ins, keys. */
class AccessArea extends LightElement {
  protected override render(): TemplateResult {
    return html`
      <h2>Access</h2>
      <p class="lead">Who may look, who may change what, and with which tokens and keys.</p>
      <div class="panels one">
        ${may('admin') ? html`<people-panel></people-panel><token-panel></token-panel>` : nothing}
        <own-sessions></own-sessions>
        ${may('admin') ? html`<key-panel></key-panel>` : nothing}
      </div>`
  }
}
customElements.define('access-area', AccessArea)
