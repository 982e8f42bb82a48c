import { LitElement } from 'lit'

/** A Lit element that renders into the page itself: one stylesheet, and labels and ids that reach everywhere. */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this
  }
}
