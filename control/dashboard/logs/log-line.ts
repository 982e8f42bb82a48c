import { html, nothing, type TemplateResult } from 'lit'
import type { KeptLogLine } from '#schema/contracts/log.ts'

const looks = { debug: 'rest', info: 'rest', warn: 'warning', error: 'error' } as const
const levelWords = { debug: 'Debug', info: 'Info', warn: 'Warning', error: 'Error' } as const
/** What stands in the line itself, or on every line of a stream. */
const shown = new Set(['id', 'time', 'level', 'part', 'msg', 'stream'])

/** One line of a log; what else it says is behind “More”. */
export function logLine(line: KeptLogLine): TemplateResult {
  const { time, level, part, msg } = line
  const facts = Object.entries(line).filter(([name]) => !shown.has(name))
  return html`
    <li class="line ${level}">
      <time datetime=${time} title=${new Date(time).toLocaleString()}>${timeOf(time)}</time>
      <span class="state ${looks[level]}">${levelWords[level]}</span>
      <span class="part">${part}</span>
      <span class="msg">${msg}</span>
      ${
        facts.length === 0
          ? nothing
          : html`
            <details>
              <summary>More</summary>
              <dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${asText(value)}</dd></div>`)}</dl>
            </details>`
      }
    </li>`
}

const timeOf = (time: string) => {
  const at = new Date(time)
  const clock = at.toLocaleTimeString(undefined, { hour12: false })
  const day =
    at.toDateString() === new Date().toDateString()
      ? ''
      : `${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })} `
  return `${day}${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
