import { html } from 'hono/html'
import type { OpenApiDocument } from '../openapi/document.ts'
import type { JsonSchema } from '../openapi/named-schemas.ts'
import type { Operation } from '../openapi/operation.ts'
import { exampleOf } from './example.ts'
import { type Markup, prose } from './markup.ts'
import { schemaMarkup } from './schema-markup.ts'

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

/** Chapters that are left to the document itself: nobody calls them by hand. */
const leftOut = new Set(['Pages', 'Worker protocol'])

/** Every operation of the API with its fields, answers and a curl line, from the same document as /openapi.json. */
export function referencePage(document: OpenApiDocument): Markup {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Entry => ({ method, path, operation })),
  )
  const chapters = document.tags
    .filter(({ name }) => !leftOut.has(name))
    .map((tag) => ({ ...tag, entries: entries.filter(({ operation }) => operation.tags?.includes(tag.name)) }))
  return html`
  <header class="intro">
    <h1>The API</h1>
    <p>
      Send a token with each request: <code>Authorization: Bearer $WEIR_TOKEN</code>. Bodies and answers are JSON, times are UTC
      (RFC 3339), lists come in pages. What is refused says why: see <a href="/docs/errors">the problems</a>. For programs, all of
      this is <a href="/openapi.json">/openapi.json</a>.
    </p>
    <ul>
      <li><code>Idempotency-Key</code> on POST: sent again with the same key, a request does nothing again and gets its first answer, for a day.</li>
      <li><code>If-Match</code> on PATCH and DELETE: nothing is changed if somebody else did since you read that <code>ETag</code>.</li>
      <li><code>If-None-Match</code> on GET: 304 where nothing is other than when you read it.</li>
      <li><code>limit</code> and <code>cursor</code> on lists: <code>next_cursor</code> leads to the next page, until it is null.</li>
      <li><code>RateLimit</code> in answers: how many more requests you may send now.</li>
    </ul>
    <label class="find">Find <input type="search" id="find" placeholder="destinations, PATCH, playback …" autocomplete="off"></label>
    <p id="found" role="status"></p>
  </header>
  <nav aria-label="Chapters"><ul>${chapters.map(({ name }) => html`<li><a href="#${anchor(name)}">${name}</a></li>`)}</ul></nav>
  ${chapters.map(
    ({ name, description, entries: inside }) => html`<section id="${anchor(name)}" data-chapter>
    <h2>${name}</h2><p>${description}</p>
    ${inside.map((entry) => operationMarkup(entry, document))}
  </section>`,
  )}
  <section id="schemas" data-chapter>
    <h2>Objects</h2>
    ${Object.entries(document.components.schemas).map(
      ([name, schema]) => html`<details class="object" id="schema-${name}" data-find="${name}">
      <summary><code>${name}</code></summary>${aboutMarkup(schema as JsonSchema)}${schemaMarkup(schema as JsonSchema)}</details>`,
    )}
  </section>`
}

function operationMarkup({ method, path, operation }: Entry, document: OpenApiDocument): Markup {
  const { operationId = '', summary = '', parameters = [], requestBody, responses = {} } = operation
  const named = parameters.filter((each) => each.name !== undefined)
  const refused = Object.keys(responses).filter((status) => /^[45]/.test(status) && responses[status]?.$ref)
  const body = requestBody?.content?.['application/json']?.schema as JsonSchema | undefined
  return html`<details class="operation" id="${operationId}" data-find="${`${method} ${path} ${summary} ${operationId}`}">
    <summary><span class="method ${method}">${method.toUpperCase()}</span> <code class="path">${path}</code> <span>${summary}</span></summary>
    ${operation.description === undefined ? '' : html`<p>${prose(operation.description)}</p>`}
    ${
      named.length === 0
        ? ''
        : html`<h4>Parameters</h4><dl class="fields">${named.map(
            (each) => html`<div><dt><code>${each.name}</code>${each.required ? html` <em>needed</em>` : ''}</dt>
        <dd>${schemaMarkup((each.schema ?? {}) as JsonSchema)}<p>${prose(each.description ?? '')}</p></dd></div>`,
          )}</dl>`
    }
    ${body === undefined ? '' : html`<h4>Body</h4>${schemaMarkup(body)}`}
    <h4>Answers</h4>
    <ul class="answers">${Object.entries(responses).map(([status, answer]) => answerMarkup(status, answer))}
      ${refused.length === 0 ? '' : html`<li><a href="/docs/errors">Refused</a>: ${refused.join(' · ')}</li>`}</ul>
    ${examplesOf(operation, document).map(
      ({ title, body: sent }) => html`${title === undefined ? '' : html`<h4>${title}</h4>`}
    <div class="example"><pre><code>${curlOf({ method, path, operation }, document, sent)}</code></pre><button type="button" data-copy>Copy</button></div>`,
    )}
  </details>`
}

const aboutMarkup = ({ description }: JsonSchema): Markup | string =>
  typeof description === 'string' ? html`<p>${prose(description)}</p>` : ''

/** The bodies that the document has as examples, else the smallest one that is taken; undefined: there is no body. */
function examplesOf(
  { requestBody }: Operation,
  { components }: OpenApiDocument,
): { readonly title?: string; readonly body?: unknown }[] {
  const content = requestBody?.content?.['application/json']
  if (!content) return [{}]
  const given = Object.entries(content.examples ?? {})
  if (given.length > 0) return given.map(([title, { value }]) => ({ title, body: value }))
  return [{ body: exampleOf(content.schema as JsonSchema, components.schemas) }]
}

function answerMarkup(status: string, answer: NonNullable<Operation['responses']>[string]): Markup | string {
  if (answer.$ref) return ''
  const [type, content] = Object.entries(answer.content ?? {})[0] ?? []
  const schema = content?.schema as JsonSchema | undefined
  return html`<li><strong>${status}</strong> ${type === undefined ? 'without a body' : type}${schema ? html` ${schemaMarkup(schema)}` : ''}</li>`
}

/** A line to paste into a terminal, with the ids as variables. */
function curlOf({ method, path, operation }: Entry, { servers }: OpenApiDocument, body: unknown): string {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => `$${name.replace(/([A-Z])/g, '_$1').toUpperCase()}`)
  const isOpen = operation.security?.length === 0
  return [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "${servers?.[0]?.url ?? ''}${address}"`,
    ...(isOpen ? [] : ['-H "Authorization: Bearer $WEIR_TOKEN"']),
    ...(body === undefined
      ? []
      : ['-H "Content-Type: application/json"', `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ].join(' \\\n  ')
}

const anchor = (name: string) => name.toLowerCase().replaceAll(' ', '-')
