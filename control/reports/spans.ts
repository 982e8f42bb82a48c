/** A stretch of time in one state. */
export interface Span<State extends string> {
  readonly state: State
  /** RFC 3339, like all times here: they compare as text. */
  readonly from: string
  readonly to: string
  readonly detail: string
  /** Why, as a code; null: not known. */
  readonly reason: string | null
}

/** From `at` on the state is another; null: there is none. */
export interface Mark<State extends string> {
  readonly at: string
  readonly state: State | null
  readonly detail: string
  readonly reason: string | null
}

/** The stretches between marks, which are in the order of time, within `from` and `to`; before the first one there is none. */
export function spansBetween<State extends string>(
  marks: readonly Mark<State>[],
  { from, to }: { readonly from: string; readonly to: string },
): Span<State>[] {
  const spans: Span<State>[] = []
  for (const [index, { at, state, detail, reason }] of marks.entries()) {
    const span = { state, from: later(at, from), to: earlier(marks[index + 1]?.at ?? to, to), detail, reason }
    if (span.state === null || span.from >= span.to) continue
    const last = spans.at(-1)
    if (last?.to === span.from && last.state === span.state && last.detail === span.detail)
      spans[spans.length - 1] = { ...last, to: span.to }
    else spans.push({ ...span, state: span.state })
  }
  return spans
}

/** The same spans, cut where others begin and end; what lies within one of those has the state that `within` gives. */
export function overlay<State extends string>(
  spans: readonly Span<State>[],
  others: readonly { readonly from: string; readonly to: string }[],
  within: (span: Span<State>) => State,
): Span<State>[] {
  return spans.flatMap((span) => {
    const pieces: Span<State>[] = []
    let at = span.from
    for (const other of others) {
      const [from, to] = [later(other.from, at), earlier(other.to, span.to)]
      if (from >= to) continue
      if (at < from) pieces.push({ ...span, from: at, to: from })
      pieces.push({ ...span, state: within(span), from, to })
      at = to
    }
    return at < span.to ? [...pieces, { ...span, from: at }] : pieces
  })
}

export const secondsBetween = (from: string, to: string): number =>
  Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10)

const later = (a: string, b: string): string => (a > b ? a : b)
/** Of two times in RFC 3339. */
export const earlier = (a: string, b: string): string => (a < b ? a : b)
