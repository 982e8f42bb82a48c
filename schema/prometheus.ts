/** One metric with all its series, as Prometheus reads it. */
export interface MetricFamily {
  /** `weir_…`, with its base unit at the end; of a counter `_total`. */
  readonly name: string
  readonly type: 'gauge' | 'counter'
  /** A sentence. */
  readonly help: string
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>
  /** Null: not known, and left out. */
  readonly value: number | null
}

/** The media type of {@link printMetrics}. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** Metrics in Prometheus' text format 0.0.4. A family of which nothing is known is left out. */
export function printMetrics(families: readonly MetricFamily[]): string {
  return families
    .map(({ name, type, help, samples }) => {
      const known = samples.filter(({ value }) => value !== null)
      if (known.length === 0) return ''
      const lines = known.map(({ labels = {}, value }) => `${name}${printLabels(labels)} ${printNumber(value ?? 0)}\n`)
      const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
      return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n${lines.join('')}`
    })
    .join('')
}

function printLabels(labels: Readonly<Record<string, string>>): string {
  const printed = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  )
  return printed.length === 0 ? '' : `{${printed.join(',')}}`
}

function printNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
