import type { Packet } from './packet.ts'
import { type Program, readAssociation, readProgramMap } from './program.ts'
import { SectionReader } from './section-reader.ts'

const associationPid = 0
/** A section of 1,024 bytes takes six packets; with room for stuffing. */
const maxPacketsPerTable = 16

/** A table as it came, in whole packets. */
class TableCopy {
  /** The packets of the newest whole section. */
  newest: Buffer = Buffer.alloc(0)
  readonly #sections = new SectionReader()
  #collected: Buffer[] = []

  /** The sections that the packet completes. */
  push(packet: Packet, bytes: Buffer): Buffer[] {
    if (packet.unitStart || this.#collected.length === maxPacketsPerTable) this.#collected = []
    this.#collected.push(Buffer.from(bytes))
    return this.#sections.push(packet.payload, packet.unitStart)
  }

  /** What was collected made a section that is in use. */
  keep(): void {
    this.newest = Buffer.concat(this.#collected)
  }
}

/** Follows the tables of a transport stream: which program it carries, and the packets that tell a decoder so. */
export class ProgramFinder {
  #association = new TableCopy()
  #map = new TableCopy()
  #mapPid: number | undefined
  #program: Program | undefined

  get program(): Program | undefined {
    return this.#program
  }

  /** PAT and PMT as whole packets: what a decoder must have before anything else. Empty before both are known. */
  get head(): Buffer[] {
    return this.#program === undefined ? [] : [this.#association.newest, this.#map.newest]
  }

  /** Takes one packet, with its 188 bytes. True when it changed which streams there are. */
  push(packet: Packet, bytes: Buffer): boolean {
    if (packet.payload.length === 0) return false
    if (packet.pid === associationPid) this.#takeAssociation(packet, bytes)
    else if (packet.pid === this.#mapPid) return this.#takeMap(packet, bytes)
    return false
  }

  #takeAssociation(packet: Packet, bytes: Buffer): void {
    for (const section of this.#association.push(packet, bytes)) {
      const mapPid = readAssociation(section)
      if (mapPid === undefined) continue
      this.#association.keep()
      if (mapPid === this.#mapPid) continue
      this.#mapPid = mapPid
      this.#map = new TableCopy()
    }
  }

  #takeMap(packet: Packet, bytes: Buffer): boolean {
    for (const section of this.#map.push(packet, bytes)) {
      const program = readProgramMap(section)
      if (program === undefined) continue
      this.#map.keep()
      if (isSame(program, this.#program)) continue
      this.#program = program
      return true
    }
    return false
  }
}

function isSame(one: Program, other: Program | undefined): boolean {
  return (['video', 'audio'] as const).every(
    (kind) => one[kind]?.pid === other?.[kind]?.pid && one[kind]?.codec === other?.[kind]?.codec,
  )
}
