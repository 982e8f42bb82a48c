import { maxRefusals, refusalMs } from './limits.ts'

/** Remembers for a moment what refused callers were answered, since they repeat their handshake until they hear it. */
export class RefusalMemory {
  readonly #answers = new Map<string, { readonly answer: Buffer; readonly untilMs: number }>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  remember(call: string, answer: Buffer): void {
    const now = this.#nowMs()
    // A Map is in the order of insertion: the oldest come first.
    for (const [key, { untilMs }] of this.#answers) {
      if (untilMs > now && this.#answers.size < maxRefusals) break
      this.#answers.delete(key)
    }
    this.#answers.set(call, { answer, untilMs: now + refusalMs })
  }

  recall(call: string): Buffer | undefined {
    const known = this.#answers.get(call)
    return known && known.untilMs > this.#nowMs() ? known.answer : undefined
  }
}
