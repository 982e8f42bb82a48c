/** How far back the rate looks, milliseconds. */
const windowMs = 4_000

/** Bit rate over the last seconds, from a running total that is noted now and then; holds some ten marks. */
export class RateMeter {
  #marks: { readonly atMs: number; readonly totalBytes: number }[] = []

  /** Notes the total at this time. Marks closer than 200 ms are skipped. */
  note(totalBytes: number, nowMs: number): void {
    const last = this.#marks.at(-1)
    if (last && nowMs - last.atMs < 200) return
    this.#marks.push({ atMs: nowMs, totalBytes })
    while (this.#marks.length > 2 && nowMs - (this.#marks[1]?.atMs ?? nowMs) >= windowMs) this.#marks.shift()
  }

  /** kbit/s since the oldest mark. */
  kbps(totalBytes: number, nowMs: number): number {
    const oldest = this.#marks[0]
    if (!oldest || nowMs - oldest.atMs < 200) return 0
    return Math.round(((totalBytes - oldest.totalBytes) * 8) / (nowMs - oldest.atMs))
  }

  reset(): void {
    this.#marks = []
  }
}
