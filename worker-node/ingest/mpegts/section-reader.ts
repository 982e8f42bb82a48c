import { sectionCrc } from '../../media/section-crc.ts'

/** `section_length` of a PAT or PMT is at most 1021 (ISO/IEC 13818-1 §2.4.4.3, §2.4.4.8). */
const maxSectionBytes = 3 + 1_021
const stuffing = 0xff

/** Puts the sections of one PID together from packets' payloads (ISO/IEC 13818-1 §2.4.4). Memory: 1 KiB and a payload. */
export class SectionReader {
  #parts: Buffer[] = []
  #length = 0
  #open = false

  /** The sections that this payload completes and whose CRC is right. */
  push(payload: Buffer, unitStart: boolean): Buffer[] {
    if (!unitStart) return this.#open ? this.#add(payload) : []
    const pointer = payload[0]!
    if (pointer >= payload.length) {
      this.#reset()
      return []
    }
    const tail = this.#open ? this.#add(payload.subarray(1, 1 + pointer)) : []
    this.#reset()
    this.#open = true
    return [...tail, ...this.#add(payload.subarray(1 + pointer))]
  }

  #add(bytes: Buffer): Buffer[] {
    this.#parts.push(bytes)
    this.#length += bytes.length
    if (this.#length < 3) return []
    let all = this.#parts.length === 1 ? bytes : Buffer.concat(this.#parts)
    const sections: Buffer[] = []
    while (all.length >= 3 && all[0] !== stuffing) {
      const length = 3 + (all.readUInt16BE(1) & 0x0fff)
      if (length > maxSectionBytes) break
      if (all.length < length) {
        this.#parts = [Buffer.from(all)]
        this.#length = all.length
        return sections
      }
      const section = all.subarray(0, length)
      if (length > 4 && sectionCrc(section) === 0) sections.push(section)
      all = all.subarray(length)
    }
    this.#reset()
    return sections
  }

  #reset(): void {
    this.#parts = []
    this.#length = 0
    this.#open = false
  }
}
