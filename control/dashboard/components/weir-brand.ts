import { html, type TemplateResult } from 'lit'
import type { PublicBrand } from '#schema/contracts/settings.ts'
import { weirIcon } from './icons.ts'
import { LightElement } from './light-element.ts'

const ours: PublicBrand = { name: 'Weir', accent: null, logo_url: null }

let known: PublicBrand | undefined
/** All that are on the page. */
const marks = new Set<WeirBrand>()

/** Where it can't be read, the page stays as it was: at first Weir's own. */
async function readBrand(cache: RequestCache): Promise<void> {
  const read = await fetch('/brand', { cache, signal: AbortSignal.timeout(15_000) })
    .then(async (answer) => (answer.ok ? ((await answer.json()) as PublicBrand) : undefined))
    .catch(() => undefined)
  const before = brandName()
  known = read ?? known ?? ours
  for (const mark of marks) mark.brand = known
  // As a page's title ends before it is known.
  if (document.title.endsWith(`· ${before}`)) document.title = `${document.title.slice(0, -before.length)}${known.name}`
}
void readBrand('default')

/** Shows a brand that has just been changed, though browsers may keep the old one for a minute. */
export async function showNewBrand(): Promise<void> {
  await Promise.all([readBrand('reload'), fetch('/brand.css', { cache: 'reload' }).catch(() => {})])
  const old = document.querySelector('link[rel=stylesheet][href="/brand.css"]')
  if (!old) return
  const next = old.cloneNode() as HTMLLinkElement
  next.addEventListener('load', () => old.remove())
  old.after(next)
}

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
  }

  override connectedCallback(): void {
    super.connectedCallback()
    marks.add(this)
    this.brand = known
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    marks.delete(this)
  }

  protected override render(): TemplateResult {
    if (!this.brand) return html``
    const { name, logo_url: logo } = this.brand
    const mark = logo === null ? weirIcon : html`<img class="mark-picture" src=${logo} alt="" width="28" height="28">`
    return this.markOnly ? mark : html`${mark} <span>${name}</span>`
  }
}
customElements.define('weir-brand', WeirBrand)
