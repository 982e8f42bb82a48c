/** A series with its value, as Prometheus would keep it. */
export interface ExposedSeries {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const nameText = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const labelText = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\\\\\|\\\\"|\\\\n)*"'
const valueText = '[+-]?(?:[0-9]+(?:\\.[0-9]*)?(?:e[+-]?[0-9]+)?|Inf)|NaN'
const sampleLine = new RegExp(`^(${nameText})(?:\\{(${labelText}(?:,${labelText})*)\\})? (${valueText})$`, 'i')

/**
 * Reads Prometheus' text format 0.0.4 more strictly than Prometheus does: HELP before TYPE before the samples, each family once and in one
 * piece, no series twice, counters end in `_total`, and every line ends with a line feed. Throws with the line that is wrong.
 */
export function parseExposition(text: string): ExposedSeries[] {
  if (!text.endsWith('\n')) throw new Error('The last line has no line feed.')
  const seen = new Set<string>()
  const families = new Set<string>()
  const series: ExposedSeries[] = []
  let helped: string | undefined
  let family: { name: string; type: string } | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    const help = new RegExp(`^# HELP (${nameText}) \\S.*$`).exec(line)
    const type = new RegExp(`^# TYPE (${nameText}) (gauge|counter|histogram|summary)$`).exec(line)
    if (line === '') continue
    if (help) {
      helped = help[1] ?? ''
      if (families.has(helped)) fail('This family was there before')
      families.add(helped)
      family = undefined
    } else if (type) {
      if (type[1] !== helped) fail('TYPE without its HELP')
      family = { name: type[1] ?? '', type: type[2] ?? '' }
      if (family.type === 'counter' && !family.name.endsWith('_total')) fail('A counter must end in _total')
    } else {
      const sample = sampleLine.exec(line)
      if (!sample || !family) return fail('This is no sample of a family')
      const [, name = '', labels = '', value = ''] = sample
      const isPart = ['histogram', 'summary'].includes(family.type) && name.startsWith(`${family.name}`)
      if (name !== family.name && !isPart) fail('This belongs to another family')
      if (seen.has(`${name}{${labels}}`)) fail('This series was there before')
      seen.add(`${name}{${labels}}`)
      const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
        key,
        text,
      ])
      series.push({ name, labels: Object.fromEntries(pairs), value: Number(value.replace(/inf/i, 'Infinity')) })
    }
  }
  return series
}
