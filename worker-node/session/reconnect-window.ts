/** How long the slate holds a broadcast whose source is gone, counted from when the slate went on air. */
export class ReconnectWindow {
  readonly #onOver: () => void
  #sinceMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(onOver: () => void) {
    this.#onOver = onOver
  }

  /** Whether the source is being waited for. */
  get isOpen(): boolean {
    return this.#sinceMs !== undefined
  }

  /** It begins now, or did so; null: it never ends. */
  open(lengthMs: number | null): void {
    clearTimeout(this.#timer)
    this.#sinceMs ??= performance.now()
    if (lengthMs === null) return
    const leftMs = lengthMs - (performance.now() - this.#sinceMs)
    this.#timer = setTimeout(this.#onOver, Math.max(0, leftMs))
  }

  /** The source is back, or nobody waits any more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#sinceMs = undefined
  }
}
