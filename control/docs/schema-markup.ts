import { html } from 'hono/html'
import type { JsonSchema } from '../openapi/named-schemas.ts'
import { referredName } from './example.ts'
import { type Markup, prose } from './markup.ts'

/** The fields of an object with their kinds and bounds; of anything else its kind alone. */
export function schemaMarkup(schema: JsonSchema): Markup {
  const choices = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined
  if (choices && !isNullable(choices))
    return html`<p>One of:</p><ul class="choices">${choices.map((each) => html`<li>${inline(each)}</li>`)}</ul>`
  return inline(schema)
}

function inline(schema: JsonSchema): Markup {
  const properties = schema.properties as Record<string, JsonSchema> | undefined
  if (!properties) return html`<span class="kind">${kindOf(schema)}</span>`
  const needed = new Set((schema.required ?? []) as string[])
  return html`<dl class="fields">${Object.entries(properties).map(
    ([name, field]) => html`<div><dt><code>${name}</code>${needed.has(name) ? html` <em>needed</em>` : ''}</dt><dd>
      <span class="kind">${kindOf(field)}</span> <span class="bounds">${boundsOf(field)}</span>${about(field)}${nested(field)}</dd></div>`,
  )}</dl>`
}

/** What the field is, in words. */
const about = ({ description }: JsonSchema): Markup | string =>
  typeof description === 'string' ? html`<p>${prose(description)}</p>` : ''

/** What is inside of a field that has no name of its own. */
function nested(field: JsonSchema): Markup | string {
  const inner = (field.items as JsonSchema | undefined) ?? field
  if (inner.properties) return html`<details><summary>Fields</summary>${inline(inner)}</details>`
  const choices = ((inner.oneOf ?? inner.anyOf) as JsonSchema[] | undefined)?.filter((each) => each.properties)
  if (!choices?.length) return ''
  return html`<details><summary>Fields</summary>${choices.map((each) => inline(each))}</details>`
}

function kindOf(schema: JsonSchema): Markup | string {
  const name = referredName(schema)
  if (name !== undefined) return html`<a href="#schema-${name}">${name}</a>`
  if ('const' in schema) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (Array.isArray(schema.enum))
    return html`${schema.enum.map((word, index) => html`${index > 0 ? ' · ' : ''}<code>${word}</code>`)}`
  const choices = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined
  if (choices) return html`${choices.map((each, index) => html`${index > 0 ? ' or ' : ''}${kindOf(each)}`)}`
  if (schema.type === 'array') return html`list of ${kindOf((schema.items ?? {}) as JsonSchema)}`
  return kinds[String(schema.type)] ?? 'anything'
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
  null: 'null',
}

function boundsOf(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, default: preset } = schema
  return [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    preset === undefined ? '' : `left out: ${JSON.stringify(preset)}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function range(least: unknown, most: unknown, unit: string): string {
  if (least === undefined && most === undefined) return ''
  if (most === undefined) return `at least ${least}${unit}`
  return least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`
}

const isNullable = (choices: readonly JsonSchema[]) =>
  choices.length === 2 && choices.some(({ type }) => type === 'null')
