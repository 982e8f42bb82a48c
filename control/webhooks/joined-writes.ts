import type { Database } from '../db/database.ts'
import type { Statements } from './settle.ts'

/** Of so many callers the statements go in one batch at most. */
const joinedMax = 100

/**
 * Writes what comes while another batch is being written in one batch after it: many small writes become few transactions. A
 * batch that fails fails for all who are in it.
 */
export function joinedWrites(db: Database): (statements: Statements) => Promise<void> {
  let waiting: {
    readonly statements: Statements
    readonly done: () => void
    readonly failed: (error: unknown) => void
  }[] = []
  let isWriting = false
  const writeAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, joinedMax)
      waiting = waiting.slice(joinedMax)
      const [first, ...more] = batch.flatMap(({ statements }) => statements)
      try {
        if (first) await db.batch([first, ...more])
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    isWriting = false
  }
  return (statements) =>
    new Promise((resolve, reject) => {
      waiting.push({ statements, done: resolve, failed: reject })
      if (isWriting) return
      isWriting = true
      void writeAll()
    })
}
