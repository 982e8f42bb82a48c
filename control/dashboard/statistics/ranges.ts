/** A stretch of time that a person can choose, up to now. */
export interface TimeRange {
  readonly id: string
  readonly label: string
  readonly seconds: number
  /** The figures are read again so often, milliseconds: about as often as they change. */
  readonly refreshMs: number
}

export const ranges: readonly [TimeRange, ...TimeRange[]] = [
  { id: '10min', label: '10 min', seconds: 600, refreshMs: 3_000 },
  { id: '1h', label: '1 hour', seconds: 3_600, refreshMs: 10_000 },
  { id: '1d', label: '1 day', seconds: 86_400, refreshMs: 60_000 },
  { id: '7d', label: '7 days', seconds: 7 * 86_400, refreshMs: 60_000 },
  { id: '90d', label: '90 days', seconds: 90 * 86_400, refreshMs: 300_000 },
]

/** The range in the page's address (`#1h`), else the shortest. */
export const rangeOfAddress = (hash: string): TimeRange => ranges.find(({ id }) => `#${id}` === hash) ?? ranges[0]
