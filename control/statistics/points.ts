import { figuresOf } from '#schema/samples/figures.ts'
import { combineRows, type Row, type Rows } from '#schema/samples/text.ts'

/** Rows by subject and time: by the Unix second at which each begins. */
export type Points = ReadonlyMap<string, ReadonlyMap<number, Row>>

/** Rows that stand one after the other, each of `step` seconds from `at` on, put into their places. */
export function placed(rows: Rows, at: number, step: number): Points {
  return new Map(
    Array.from(rows, ([subject, list]) => {
      const points = new Map<number, Row>()
      for (const [index, row] of list.entries()) if (row) points.set(at + index * step, row)
      return [subject, points] as const
    }),
  )
}

/** Those of all; where two have the same place, the one that knows of more seconds. */
export function merged(all: readonly Points[]): Points {
  const result = new Map<string, Map<number, Row>>()
  for (const points of all)
    for (const [subject, list] of points) {
      const own = result.get(subject) ?? new Map<number, Row>()
      result.set(subject, own)
      for (const [at, row] of list) if ((own.get(at)?.seconds ?? 0) <= row.seconds) own.set(at, row)
    }
  return result
}

/** Both together: where they have the same place, they are of different seconds of it. */
export function added(a: Points, b: Points): Points {
  const result = new Map(Array.from(a, ([subject, list]) => [subject, new Map(list)] as const))
  for (const [subject, list] of b) {
    const own = result.get(subject) ?? new Map<number, Row>()
    result.set(subject, own)
    for (const [at, row] of list) {
      const both = combineRows([own.get(at) ?? null, row], figuresOf(subject))
      if (both) own.set(at, both)
    }
  }
  return result
}

/** Those that begin in a range. */
export const within = (points: Points, from: number, to: number): Points =>
  new Map(
    Array.from(
      points,
      ([subject, list]) => [subject, new Map([...list].filter(([at]) => at >= from && at < to))] as const,
    ),
  )

/** Points of `step` seconds made of shorter ones. */
export function rolledUp(points: Points, step: number): Points {
  return new Map(
    Array.from(points, ([subject, list]) => {
      const groups = Map.groupBy(list, ([at]) => Math.floor(at / step) * step)
      const figures = figuresOf(subject)
      const rolled = new Map<number, Row>()
      for (const [at, group] of groups) {
        const row = combineRows(
          group.map(([, each]) => each),
          figures,
        )
        if (row) rolled.set(at, row)
      }
      return [subject, rolled] as const
    }),
  )
}

/** The points from `at` on as rows, one after the other. */
export function lined(points: Points, at: number, step: number, count: number): Rows {
  const rows = new Map<string, (Row | null)[]>()
  for (const [subject, list] of points) {
    const line = Array.from({ length: count }, (_, index) => list.get(at + index * step) ?? null)
    if (line.some((row) => row !== null)) rows.set(subject, line)
  }
  return rows
}
