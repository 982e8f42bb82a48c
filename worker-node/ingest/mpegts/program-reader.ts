import type { SourceDescription } from '#schema/contracts/source.ts'
import type { ChunkKind, GopFeed } from '../gop-feed.ts'
import { StreamDescriber } from './description.ts'
import { type Packet, packetBytes, readPacket } from './packet.ts'
import { readPesHeader } from './pes.ts'
import { PictureStart } from './picture-start.ts'
import type { Program } from './program.ts'
import { ProgramFinder } from './program-finder.ts'

const nothingKnown = { video: null, audio: null }

/**
 * Follows one program through blocks of packets and writes them to a feed, cut where a picture begins, so that the
 * feed knows its keyframes. What comes before the program is known is thrown away.
 */
export class ProgramReader {
  readonly #feed: GopFeed
  readonly #finder = new ProgramFinder()
  #program: Program | undefined
  #describer: StreamDescriber | undefined
  #kind: ChunkKind = 'other'
  /** The picture that has begun and of which it is not known yet whether it is a keyframe; its packets are held. */
  #picture: PictureStart | undefined
  #held: Buffer[] = []

  constructor(feed: GopFeed) {
    this.#feed = feed
  }

  /** Takes whole packets; gives the bytes of those that carry the program's picture and sound. */
  push(block: Buffer): number {
    let mediaBytes = 0
    let from = 0
    for (let at = 0; at < block.length; at += packetBytes) {
      const packet = readPacket(block, at)
      if (this.#finder.push(packet, block.subarray(at, at + packetBytes))) {
        this.#begin(this.#finder.program)
        from = at + packetBytes
        continue
      }
      const isPicture = packet.pid === this.#program?.video?.pid
      if (isPicture && packet.unitStart) {
        this.#write(block, from, at)
        from = at
        this.#settle(false)
        this.#picture = new PictureStart(packet.randomAccess)
      }
      if (isPicture) this.#lookAtPicture(packet)
      else if (packet.pid === this.#program?.audio?.pid) this.#lookAtSound(packet)
      else continue
      mediaBytes += packetBytes
    }
    this.#write(block, from, block.length)
    return mediaBytes
  }

  end(): void {
    this.#settle(false)
    this.#feed.end()
  }

  get head(): Buffer[] {
    return this.#finder.head
  }

  get complete(): boolean {
    return this.#describer?.complete ?? false
  }

  describe(): Pick<SourceDescription, 'video' | 'audio'> {
    return this.#describer?.describe() ?? nothingKnown
  }

  #begin(program: Program | undefined): void {
    if (program === undefined) return
    const isFirst = this.#program === undefined
    this.#program = program
    this.#describer = new StreamDescriber(program)
    this.#picture = undefined
    this.#held = []
    this.#kind = program.video === null ? 'other' : 'frame'
    this.#feed.hasVideo = program.video !== null
    if (isFirst) for (const table of this.#finder.head) this.#feed.pass(table)
    else this.#feed.cut()
  }

  #lookAtPicture(packet: Packet): void {
    const codec = this.#program?.video?.codec
    if (this.#picture === undefined || codec === undefined) return
    const unit = this.#picture.push(codec, packet.payload)
    if (unit === undefined) return
    if (unit.sequenceHeader) this.#describer?.sequenceHeader(codec, unit.sequenceHeader)
    this.#describer?.picture(unit.times, unit.keyframe)
    this.#settle(unit.keyframe)
  }

  #lookAtSound({ unitStart, payload }: Packet): void {
    const codec = this.#program?.audio?.codec
    const header = unitStart ? readPesHeader(payload) : undefined
    if (codec && header) this.#describer?.sound(codec, payload.subarray(header.length))
  }

  /** The picture that began is known: what was held of it goes out, and what follows is of the same kind. */
  #settle(keyframe: boolean): void {
    if (this.#picture === undefined) return
    this.#picture = undefined
    this.#kind = keyframe ? 'keyframe' : 'frame'
    const held = this.#held
    this.#held = []
    for (const chunk of held) this.#emit(chunk)
  }

  #write(block: Buffer, from: number, to: number): void {
    if (from === to || this.#program === undefined) return
    const chunk = ownedPart(block, from, to)
    if (this.#picture) this.#held.push(chunk)
    else this.#emit(chunk)
  }

  #emit(chunk: Buffer): void {
    this.#feed.write(this.#kind, chunk)
    if (this.#kind === 'keyframe') this.#kind = 'frame'
  }
}

/** By reference, unless it is a small part that would keep the whole block in memory. */
function ownedPart(block: Buffer, from: number, to: number): Buffer {
  const part = block.subarray(from, to)
  return part.length * 4 < part.buffer.byteLength ? Buffer.from(part) : part
}
