import { html } from 'hono/html'
import { problemCodes } from '#schema/problem.ts'
import { type Markup, prose } from './markup.ts'

/** Every problem that the API can answer: its status, what it means and what to do. `type` of a problem leads to its row. */
export const problemPage = (): Markup => html`
  <header class="intro">
    <h1>Problems</h1>
    <p>
      Whatever Weir refuses, it says as <code>application/problem+json</code> (RFC 9457). Programs go by <code>code</code>, which
      stays the same; <code>detail</code> is for people and says what happened; <code>errors</code> names each field; look for
      <code>request_id</code> in the logs.
    </p>
  </header>
  <div class="scroll">
    <table class="problems">
      <thead>
        <tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">What it means</th><th scope="col">What to do</th></tr>
      </thead>
      <tbody>
        ${Object.entries(problemCodes)
          .sort(([, [a]], [, [b]]) => a - b)
          .map(
            ([code, [status, title, advice]]) => html`<tr id="${code}" data-find="${code} ${title}">
          <th scope="row"><a href="#${code}"><code>${code}</code></a></th><td>${status}</td><td>${title}.</td><td>${prose(advice)}</td>
        </tr>`,
          )}
      </tbody>
    </table>
  </div>`
