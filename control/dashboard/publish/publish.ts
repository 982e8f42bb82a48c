import { html, type TemplateResult } from 'lit'
import { LightElement } from '../components/light-element.ts'
import '../components/weir-brand.ts'
import './publish-studio.ts'
import './target-form.ts'
import { forgetTarget, keepTarget, type PublishTarget, takeTarget } from './target.ts'
import type { TargetEvent } from './target-form.ts'

/** The page: asks where to go live, if the address does not say it, and gives the studio. */
class PublishPage extends LightElement {
  static override properties = { target: { state: true } }
  declare target: PublishTarget | undefined

  constructor() {
    super()
    this.target = takeTarget(location, history, sessionStorage)
    // A second link, opened in the same tab.
    addEventListener('hashchange', () => location.reload())
  }

  protected override render(): TemplateResult {
    if (!this.target) return html`<main class="center"><target-form @target=${this.#onTarget}></target-form></main>`
    return html`
      <header class="top">
        <div class="bar">
          <h1 class="brand"><weir-brand mark-only></weir-brand> <span>${this.target.name ?? 'Studio'}</span></h1>
          <button type="button" class="plain text leave" @click=${this.#leave}>Another stream</button>
        </div>
      </header>
      <main><publish-studio .target=${this.target}></publish-studio></main>`
  }

  #onTarget({ publishTarget }: TargetEvent): void {
    keepTarget(publishTarget, sessionStorage)
    this.target = publishTarget
  }

  /** Only while nothing is on air: the stylesheet hides the button then. */
  #leave(): void {
    forgetTarget(sessionStorage)
    this.target = undefined
  }
}
customElements.define('publish-page', PublishPage)
