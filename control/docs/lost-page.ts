import type { Context } from 'hono'
import { html } from 'hono/html'
import { setPageHeaders } from '../middleware/security-headers.ts'
import type { Runtime } from '../runtime.ts'
import { filledPage } from './markup.ts'

/** Whether somebody opened the address in a browser: programs do not ask for pages. */
export const wantsPage = ({ req }: Context): boolean =>
  req.method === 'GET' && (req.header('accept') ?? '').includes('text/html')

/** What is said to people at an address where there is nothing; undefined: a program asked, or the pages are not built. */
export async function lostPage(c: Context, { assets }: Pick<Runtime, 'assets'>): Promise<Response | undefined> {
  if (!wantsPage(c) || forPrograms.test(c.req.path)) return undefined
  const template = await assets.get('/docs.html')
  if (!template) return undefined
  setPageHeaders(c, "'none'")
  return c.html(await filledPage(await template.text(), 'Nothing here', words), 404)
}

const forPrograms = /^\/(v1|worker|live)(\/|$)/

const words = html`
  <header class="intro">
    <h1>There is nothing here</h1>
    <p>Check the address, or go to the <a href="/">live streams</a>.</p>
  </header>`
