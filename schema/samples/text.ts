import { type Figure, figuresOf, subjectPattern } from './figures.ts'

/** A figure over some seconds. */
export interface Cell {
  /** Of `mean` and `sum` all seconds together, of `max` the highest; a whole number (see {@link Figure.scale}). */
  readonly total: number
  /** Seconds that have it. */
  readonly of: number
}

/** The figures of one subject over some seconds, in the order of figures.ts. */
export interface Row {
  readonly seconds: number
  readonly cells: readonly (Cell | null)[]
}

/** Rows of each subject, one after the other in time and of equal length; null where nothing is known. */
export type Rows = ReadonlyMap<string, readonly (Row | null)[]>

/** Subjects in one text at most. */
export const subjectsMax = 64

/**
 * Rows as a short text: `s=5012,4800,300;5007,,300|d.dst_1=2900,0;2901,0`. `|` parts subjects, `;` rows, `,` figures. An empty
 * row or figure is not known. A row of several seconds says so, and a figure that not all of them have: `10*50120,33600/7`.
 */
export function printRows(rows: Rows): string {
  return Array.from(rows, ([subject, list]) => {
    const printed = list.map((row) => (row ? printRow(row, figuresOf(subject)) : ''))
    return `${subject}=${printed.join(';').replace(/;+$/, '')}`
  }).join('|')
}

/**
 * Reads what {@link printRows} wrote, or a worker of another version: what makes no sense is not known. Subjects that are not
 * wanted are there without rows, which takes a tenth of the time.
 */
export function parseRows(text: string, wants: (subject: string) => boolean = () => true): Map<string, (Row | null)[]> {
  const rows = new Map<string, (Row | null)[]>()
  for (const part of text.split('|', subjectsMax)) {
    const separator = part.indexOf('=')
    const subject = part.slice(0, separator)
    if (separator < 1 || !subjectPattern.test(subject)) continue
    if (!wants(subject)) {
      rows.set(subject, [])
      continue
    }
    const figures = figuresOf(subject)
    const list = part.slice(separator + 1).split(';')
    rows.set(
      subject,
      list.map((row) => (row === '' ? null : parseRow(row, figures))),
    )
  }
  return rows
}

/** A second's row of values as they were measured; null: not known. */
export function printSecond(subject: string, values: readonly (number | null)[]): string {
  return figuresOf(subject)
    .map(({ scale }, index) => {
      const value = values[index] ?? null
      return value === null || !Number.isFinite(value) ? '' : Math.round(value * scale)
    })
    .join(',')
    .replace(/,+$/, '')
}

/** One row of all of these; null where all are. Sums and counts are exact, so it does not matter in how many steps it is done. */
export function combineRows(rows: readonly (Row | null)[], figures: readonly Figure[]): Row | null {
  const known = rows.filter((row) => row !== null)
  if (known.length <= 1) return known[0] ?? null
  const cells = figures.map(({ kind }, index): Cell | null => {
    let total: number | null = null
    let of = 0
    for (const { cells } of known) {
      const cell = cells[index]
      if (!cell) continue
      total = total === null ? cell.total : kind === 'max' ? Math.max(total, cell.total) : total + cell.total
      of += cell.of
    }
    return total === null ? null : { total, of }
  })
  return { seconds: known.reduce((sum, { seconds }) => sum + seconds, 0), cells }
}

/** What a figure of a row says, in its unit; null: not known. */
export function figureValue(row: Row | null | undefined, figures: readonly Figure[], index: number): number | null {
  const cell = row?.cells[index]
  const figure = figures[index]
  if (!cell || !figure) return null
  const total = figure.kind === 'mean' ? cell.total / cell.of : cell.total
  return Math.round((total / figure.scale) * 1_000) / 1_000
}

function printRow({ seconds, cells }: Row, figures: readonly Figure[]): string {
  const printed = figures
    .map(({ kind }, index) => {
      const cell = cells[index]
      if (!cell) return ''
      return kind === 'max' || cell.of === seconds ? `${cell.total}` : `${cell.total}/${cell.of}`
    })
    .join(',')
    .replace(/,+$/, '')
  return seconds === 1 ? printed || ',' : `${seconds}*${printed}`
}

function parseRow(text: string, figures: readonly Figure[]): Row | null {
  const star = text.indexOf('*')
  const seconds = star === -1 ? 1 : wholeNumber(text.slice(0, star))
  if (seconds === null || seconds < 1) return null
  const printed = text.slice(star + 1).split(',', figures.length)
  return { seconds, cells: printed.map((cell) => parseCell(cell, seconds)) }
}

function parseCell(text: string, seconds: number): Cell | null {
  if (text === '') return null
  const slash = text.indexOf('/')
  const total = wholeNumber(slash === -1 ? text : text.slice(0, slash))
  const of = slash === -1 ? seconds : wholeNumber(text.slice(slash + 1))
  return total === null || of === null || of < 1 ? null : { total, of }
}

function wholeNumber(text: string): number | null {
  const number = Number(text)
  return text !== '' && Number.isSafeInteger(number) ? number : null
}
