// Preloaded (NODE_OPTIONS=--import=…) into a process whose machine's clock is to be wrong: it is an hour ahead. The monotonic clock
// is right, as on a real machine.
const aheadMs = 3_600_000
const RealDate = Date

globalThis.Date = class extends RealDate {
  constructor(...words: unknown[]) {
    if (words.length === 0) super(RealDate.now() + aheadMs)
    else super(...(words as [number]))
  }

  static override now(): number {
    return RealDate.now() + aheadMs
  }
} as DateConstructor
