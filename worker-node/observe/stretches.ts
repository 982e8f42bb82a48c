import { type Stretch, stretchesMax } from '#schema/contracts/broadcast-tally.ts'

interface Span {
  readonly fromMs: number
  toMs: number
}

/**
 * When something held and how often, by looks at it. Bound: 20 stretches; when there would be one more, the two that lie
 * closest are told as one, and `seconds` and `times` stay what they are.
 */
export class Stretches {
  readonly #spans: Span[] = []
  #isOn = false
  #ms = 0
  #times = 0

  /** It holds, or does not, from `nowMs` (Unix) on. */
  look(isOn: boolean, nowMs: number): void {
    const last = this.#spans.at(-1)
    if (this.#isOn && last) {
      this.#ms += Math.max(0, nowMs - last.toMs)
      last.toMs = Math.max(last.toMs, nowMs)
    }
    if (isOn && !this.#isOn) {
      this.#times++
      this.#spans.push({ fromMs: nowMs, toMs: nowMs })
      if (this.#spans.length > stretchesMax) this.#joinClosest()
    }
    this.#isOn = isOn
  }

  get told(): { readonly times: number; readonly seconds: number; readonly stretches: Stretch[] } {
    const open = this.#isOn ? this.#spans.at(-1) : undefined
    return {
      times: this.#times,
      seconds: roundedSeconds(this.#ms),
      stretches: this.#spans.map((span) => ({
        from: new Date(span.fromMs).toISOString(),
        to: span === open ? null : new Date(span.toMs).toISOString(),
      })),
    }
  }

  #joinClosest(): void {
    const gaps = this.#spans.slice(1).map(({ fromMs }, index) => fromMs - this.#spans[index]!.toMs)
    const at = gaps.indexOf(Math.min(...gaps))
    const [first, second] = [this.#spans[at]!, this.#spans[at + 1]!]
    this.#spans.splice(at, 2, { fromMs: first.fromMs, toMs: second.toMs })
  }
}

/** Seconds with one decimal. */
export const roundedSeconds = (ms: number): number => Math.round(ms / 100) / 10
