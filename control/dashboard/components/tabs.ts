import { html, type TemplateResult } from 'lit'

interface TabsOptions<Name extends string> {
  readonly label: string
  /** The element with `role="tabpanel"` that they change. */
  readonly panelId: string
  readonly items: readonly (readonly [Name, string])[]
  readonly chosen: Name
  readonly choose: (name: Name) => void
}

/** Tabs as WAI-ARIA has them: the Tab key goes to the chosen one, the arrow keys choose. */
export function tabs<Name extends string>({
  label,
  panelId,
  items,
  chosen,
  choose,
}: TabsOptions<Name>): TemplateResult {
  const onKey = (event: KeyboardEvent) => {
    const index = items.findIndex(([name]) => name === chosen)
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -index, End: items.length - 1 - index }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = (index + step + items.length) % items.length
    const item = items[next]
    if (item) choose(item[0])
    ;(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }
  return html`
    <div class="tabs" role="tablist" aria-label=${label} @keydown=${onKey}>
      ${items.map(
        ([name, words]) => html`
          <button type="button" role="tab" class="plain text" aria-selected=${name === chosen} aria-controls=${panelId}
            tabindex=${name === chosen ? 0 : -1} @click=${() => choose(name)}>${words}</button>`,
      )}
    </div>`
}
