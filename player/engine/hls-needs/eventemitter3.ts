type Listener = (...args: unknown[]) => void
interface Entry {
  readonly listener: Listener
  readonly context: unknown
  readonly once: boolean
}

/** As much of the package `eventemitter3` as hls.js calls; its source imports that name, its package does not bring it. */
export class EventEmitter {
  #entries = new Map<string, readonly Entry[]>()

  on(event: string, listener: Listener, context: unknown = this): this {
    return this.#add(event, { listener, context, once: false })
  }

  once(event: string, listener: Listener, context: unknown = this): this {
    return this.#add(event, { listener, context, once: true })
  }

  off(event: string, listener?: Listener, context?: unknown, once?: boolean): this {
    const kept = (this.#entries.get(event) ?? []).filter(
      (entry) =>
        (listener && entry.listener !== listener) || (context && entry.context !== context) || (once && !entry.once),
    )
    this.#entries.set(event, kept)
    return this
  }

  removeAllListeners(event?: string): this {
    if (event === undefined) this.#entries.clear()
    else this.#entries.delete(event)
    return this
  }

  listeners(event: string): Listener[] {
    return (this.#entries.get(event) ?? []).map((entry) => entry.listener)
  }

  listenerCount(event: string): number {
    return this.#entries.get(event)?.length ?? 0
  }

  /** Those who come or go while it runs take part from the next time on: the list is replaced, never changed. */
  emit(event: string, ...args: unknown[]): boolean {
    const entries = this.#entries.get(event) ?? []
    for (const entry of entries) {
      if (entry.once) this.off(event, entry.listener, entry.context, true)
      entry.listener.apply(entry.context, args)
    }
    return entries.length > 0
  }

  #add(event: string, entry: Entry): this {
    this.#entries.set(event, [...(this.#entries.get(event) ?? []), entry])
    return this
  }
}
