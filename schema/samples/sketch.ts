/** Up to so many are counted exactly. */
const exactMax = 256
/** 2¹¹ registers: the standard error is 1.04 / √2048 = 2.3 %. */
const indexBits = 11
const registerCount = 2 ** indexBits
/** A register is written as one letter from here on. */
const firstLetter = 48

/**
 * Counts different things without keeping them: exactly up to 256, then as HyperLogLog (Flajolet and others, 2007). Sketches of
 * several processes are merged by {@link Sketch.merge}, in any order and as often as one likes. Bound: 2 KiB as text, whatever
 * is added.
 */
export class Sketch {
  /** Hashes; undefined once there are too many. */
  #exact: Set<number> | undefined = new Set()
  readonly #registers = new Uint8Array(registerCount)

  /** Reads what `text` gave; anything else is an empty one. */
  static parse(text: string): Sketch {
    const sketch = new Sketch()
    if (text.startsWith('x')) {
      const hashes = text.slice(1).split(',', exactMax)
      for (const hash of hashes) if (/^[0-9a-z]{1,7}$/.test(hash)) sketch.#addHash(Number.parseInt(hash, 36) >>> 0)
    } else if (text.startsWith('h') && text.length === registerCount + 1) {
      sketch.#exact = undefined
      for (let index = 0; index < registerCount; index++)
        sketch.#registers[index] = Math.min(33, Math.max(0, text.charCodeAt(index + 1) - firstLetter))
    }
    return sketch
  }

  get text(): string {
    if (this.#exact) return `x${Array.from(this.#exact, (hash) => hash.toString(36)).join(',')}`
    return `h${String.fromCharCode(...this.#registers.map((value) => value + firstLetter))}`
  }

  add(thing: string): void {
    this.#addHash(hash32(thing))
  }

  merge(other: Sketch): void {
    if (other.#exact) for (const hash of other.#exact) this.#addHash(hash)
    else {
      this.#exact = undefined
      for (const [index, value] of other.#registers.entries()) this.#raise(index, value)
    }
  }

  /** How many different ones were added, about. */
  get count(): number {
    if (this.#exact) return this.#exact.size
    const sum = this.#registers.reduce((all, value) => all + 2 ** -value, 0)
    const estimate = ((0.7213 / (1 + 1.079 / registerCount)) * registerCount ** 2) / sum
    const empty = this.#registers.reduce((all, value) => all + (value === 0 ? 1 : 0), 0)
    const isSmall = estimate <= 2.5 * registerCount && empty > 0
    return Math.round(isSmall ? registerCount * Math.log(registerCount / empty) : estimate)
  }

  #addHash(hash: number): void {
    const index = hash >>> (32 - indexBits)
    const rest = (hash << indexBits) >>> 0
    this.#raise(index, Math.min(32 - indexBits, Math.clz32(rest)) + 1)
    this.#exact?.add(hash)
    if (this.#exact && this.#exact.size > exactMax) this.#exact = undefined
  }

  #raise(index: number, value: number): void {
    if (value > (this.#registers[index] ?? 0)) this.#registers[index] = value
  }
}

/** 32 well-mixed bits of a text: FNV-1a, then the finalizer of MurmurHash3. */
function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
