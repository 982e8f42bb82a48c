/** Reads bits from the left (ISO/IEC 14496-10 §7.2, §9.1). Past the end it throws RangeError. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** An unsigned number of up to 32 bits. */
  bits(count: number): number {
    let value = 0
    for (let index = 0; index < count; index++) value = value * 2 + this.#bit()
    return value
  }

  flag(): boolean {
    return this.#bit() === 1
  }

  /** ue(v), Exp-Golomb. */
  unsignedGolomb(): number {
    let zeros = 0
    while (this.#bit() === 0) if (++zeros > 31) throw new RangeError('An Exp-Golomb code is too long')
    return 2 ** zeros - 1 + this.bits(zeros)
  }

  /** se(v), signed Exp-Golomb. */
  signedGolomb(): number {
    const code = this.unsignedGolomb()
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2
  }

  #bit(): number {
    const byte = this.#bytes[this.#at >> 3]
    if (byte === undefined) throw new RangeError('The bits end too early')
    return (byte >> (7 - (this.#at++ & 7))) & 1
  }
}
