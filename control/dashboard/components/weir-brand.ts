import { html, type TemplateResult } from 'lit'
import type { PublicBrand } from '#schema/contracts/settings.ts'
import { weirIcon } from './icons.ts'
import { LightElement } from './light-element.ts'

const ours: PublicBrand = { name: 'Weir', accent: null, logo_url: null }

/** Read once for all; where it can't be, the page is Weir's own. */
const loaded: Promise<PublicBrand> = fetch('/brand', { signal: AbortSignal.timeout(15_000) })
  .then(async (answer) => (answer.ok ? ((await answer.json()) as PublicBrand) : ours))
  .catch(() => ours)
let known: PublicBrand | undefined
void loaded.then((brand) => {
  known = brand
})

/** What this install calls itself, for page titles. */
export const brandName = (): string => (known ?? ours).name

/** The install's mark, and its name unless `mark-only`. */
class WeirBrand extends LightElement {
  static override properties = { markOnly: { type: Boolean, attribute: 'mark-only' }, brand: { state: true } }
  declare markOnly: boolean
  /** Undefined until it is known: nothing is shown that is another's. */
  declare brand: PublicBrand | undefined

  constructor() {
    super()
    this.markOnly = false
    this.brand = known
    void loaded.then((brand) => {
      this.brand = brand
    })
  }

  protected override render(): TemplateResult {
    if (!this.brand) return html``
    const { name, logo_url: logo } = this.brand
    const mark = logo === null ? weirIcon : html`<img class="mark-picture" src=${logo} alt="" width="28" height="28">`
    return this.markOnly ? mark : html`${mark} <span>${name}</span>`
  }
}
customElements.define('weir-brand', WeirBrand)
