import { html } from 'hono/html'

/** Text that is safe in a page: what `html` answers. */
export type Markup = ReturnType<typeof html>

/** A sentence with `code` between backquotes. */
export const prose = (text: string): Markup =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`

/** The page `template` (dist/web) with `title` and `content` in their places. */
export async function filledPage(template: string, title: string, content: Markup): Promise<string> {
  const [head, body] = await Promise.all([html`<title>${title}</title>`, content])
  // A function: in a text, `$&` would stand for what is replaced.
  return template
    .replace(/<title>[^<]*<\/title>/, () => String(head))
    .replace('<main id="content"></main>', () => `<main id="content">${String(body)}</main>`)
}
