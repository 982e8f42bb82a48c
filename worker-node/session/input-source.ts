import type { SourceDescription } from '#schema/contracts/source.ts'
import type { Source } from '../ingest/source.ts'

/** Without a byte for so long a source counts as silent, milliseconds. */
const silentMs = 1_000
/** What is looked at some times a second; a stall takes longer. Milliseconds. */
const thisMomentMs = 300
/** An encoder that has sent nothing for so long is taken for dead, and another may take its place. Milliseconds. */
const takenMs = 4_000

/** A source that an input has: what it sends, and since when it does so without a break. */
export class InputSource {
  readonly source: Source
  #planFor: SourceDescription | undefined
  #countedBytes = 0
  #lastBytesMs: number
  #sendingSinceMs: number | undefined
  /** Nothing has come since the timeline knew of a stall. */
  #hasStalled = false

  constructor(source: Source, nowMs: number) {
    this.source = source
    this.#lastBytesMs = nowMs
  }

  /** It is known what it sends. */
  described(description: SourceDescription): void {
    this.#planFor = description
  }

  /** What its encodes are to be planned for; undefined until it is known what it sends. */
  get planFor(): SourceDescription | undefined {
    return this.#planFor
  }

  /** What it sends by now; null until that is known. */
  get description(): SourceDescription | null {
    return this.#planFor ? this.source.describe() : null
  }

  /** Whether sound or a picture has begun of which the plan knew nothing: it must be made anew, for `planFor`. */
  hasMore(): boolean {
    const before = this.#planFor
    const now = this.source.describe()
    if (!before || ((before.audio || !now.audio) && (before.video || !now.video))) return false
    this.#planFor = now
    return true
  }

  /** Bytes that came since it was asked last. To be called some times a second: it is how silence is noticed. */
  look(nowMs: number): number {
    const { bytesReceived, heldBack, input } = this.source
    const bytes = bytesReceived - this.#countedBytes
    this.#countedBytes = bytesReceived
    // What is generated counts no bytes.
    if (bytes > 0 || heldBack || input.kind === 'test-pattern') {
      this.#lastBytesMs = nowMs
      this.#hasStalled = false
    }
    const isSilent = this.#hasStalled || nowMs - this.#lastBytesMs >= silentMs
    if (!this.#planFor || isSilent) this.#sendingSinceMs = undefined
    else this.#sendingSinceMs ??= nowMs
    return bytes
  }

  /** Milliseconds for which it has sent without a break; null: it does not send. */
  sendingForMs(nowMs: number): number | null {
    return this.#sendingSinceMs === undefined ? null : nowMs - this.#sendingSinceMs
  }

  /** It stalled: it must prove itself anew, and sends nothing until the next byte. */
  distrust(): void {
    this.#hasStalled = true
    this.#sendingSinceMs = undefined
  }

  /** Whether something has come this very moment. */
  sends(nowMs: number): boolean {
    return nowMs - this.#lastBytesMs < thisMomentMs
  }

  /** Whether another encoder may not take its place: it sends, or did so a moment ago. */
  isTaken(nowMs: number): boolean {
    return this.source.bytesReceived > 0 && nowMs - this.#lastBytesMs < takenMs
  }
}
