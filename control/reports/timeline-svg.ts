import type { BroadcastReport, DeliveryState } from '#schema/contracts/broadcast.ts'
import { secondsBetween } from './spans.ts'
import { durationWords } from './words.ts'

/** Of the picture, in its own units. */
const width = 1_000
const labels = 210
const rowHeight = 30
const top = 64
const ticks = 5

/** Readable on white, which is the picture's ground; told apart without colours by the table in the report. */
const colours: Readonly<Record<DeliveryState | 'live', readonly [fill: string, words: string]>> = {
  live: ['#0b7a4b', 'Live'],
  broadcasting: ['#0b7a4b', 'Broadcasting'],
  slow: ['#7f9a2e', 'Too slow'],
  slate: ['#d99a2b', 'Slate'],
  starting: ['#3a8fb0', 'Connecting'],
  retrying: ['#c8452f', 'Trying again'],
  errored: ['#7d1d17', 'Refused'],
  idle: ['#dde4ea', 'Not broadcasting'],
  unknown: ['#b9c2cb', 'Not known'],
}

interface Bar {
  readonly state: keyof typeof colours
  readonly from: string
  readonly to: string
}

/** The timelines of a broadcast as one SVG 1.1 picture: a row for what viewers got, one for each destination and input. */
export function timelineSvg(report: BroadcastReport): string {
  const { started_at: from, known_until: to } = report
  const seconds = Math.max(0.1, secondsBetween(from, to))
  const rows = rowsOf(report)
  const height = top + rows.length * rowHeight + 72
  const x = (at: string) => round(labels + (secondsBetween(from, at) / seconds) * (width - labels - 16))
  const bars = rows.flatMap(({ label, bars: each }, index) => {
    const y = top + index * rowHeight
    return [
      text(12, y + 16, shortened(label)),
      `<rect x="${labels}" y="${y + 4}" width="${width - labels - 16}" height="18" rx="4" fill="#f3f6f8"/>`,
      ...each.map(({ state, from: begin, to: end }) => {
        const [fill, words] = colours[state]
        const wide = Math.max(1.5, x(end) - x(begin))
        const told = `${label}: ${words}, ${begin} to ${end}`
        return `<rect x="${x(begin)}" y="${y + 4}" width="${round(wide)}" height="18" fill="${fill}"><title>${escaped(told)}</title></rect>`
      }),
    ]
  })
  const bottom = top + rows.length * rowHeight
  const axis = Array.from({ length: ticks + 1 }, (_, index) => {
    const at = labels + (index / ticks) * (width - labels - 16)
    const anchor = index === ticks ? 'end' : index === 0 ? 'start' : 'middle'
    return text(at, bottom + 18, durationWords((seconds * index) / ticks), anchor)
  })
  const used = new Set(rows.flatMap(({ bars: each }) => each.map(({ state }) => colours[state][1])))
  const legend = Object.values(colours)
    .filter(([, words], index, all) => used.has(words) && all.findIndex(([, other]) => other === words) === index)
    .flatMap(([fill, words], index) => [
      `<rect x="${12 + index * 122}" y="${bottom + 38}" width="12" height="12" rx="2" fill="${fill}"/>`,
      text(12 + index * 122 + 18, bottom + 49, words),
    ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13" fill="#12202c">`,
    `<title id="title">${escaped(`Timeline of the broadcast “${report.name}”`)}</title>`,
    `<desc id="desc">${escaped(report.summary.join(' '))}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="26" font-size="17" font-weight="600">${escaped(shortened(report.name, 80))}</text>`,
    text(12, 46, `${from} · ${durationWords(seconds)}`),
    ...bars,
    ...axis,
    ...legend,
    '</svg>',
  ].join('\n')
}

function rowsOf({ programme, delivery, inputs, known_until }: BroadcastReport): { label: string; bars: Bar[] }[] {
  return [
    { label: 'Viewers', bars: programme.spans },
    ...delivery.map(({ name, spans }) => ({ label: name, bars: spans })),
    ...(inputs.length > 1 ? inputs : []).map(({ name, type, stretches }) => ({
      label: `Input ${name ?? type}`,
      bars: stretches.map(({ from, to }) => ({ state: 'live' as const, from, to: to ?? known_until })),
    })),
  ]
}

const text = (x: number, y: number, words: string, anchor = 'start') =>
  `<text x="${round(x)}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`

const round = (value: number): number => Math.round(value * 10) / 10

const shortened = (words: string, length = 26): string =>
  words.length > length ? `${words.slice(0, length - 1)}…` : words

/** For text and attributes of XML; what XML does not allow at all is left out. */
const escaped = (words: string): string =>
  words
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is meant
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu, '')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
