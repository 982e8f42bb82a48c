import { packetBytes, syncByte } from './packet.ts'

/** So many packets in a row must begin with the sync byte before it is believed. */
const packetsToSync = 3
const nothing = Buffer.alloc(0)

/**
 * Finds whole packets in bytes that come in pieces of any size, and finds them again after garbage.
 * Memory: less than three packets beside what is pushed.
 */
export class PacketReader {
  #rest: Buffer = nothing
  #inSync = false

  /** The next packets, as blocks of one or more whole ones. */
  push(bytes: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const blocks: Buffer[] = []
    let at = 0
    for (;;) {
      if (!this.#inSync) {
        at = findSync(all, at)
        if (all.length - at < packetsToSync * packetBytes) break
        this.#inSync = true
      }
      const end = endOfPackets(all, at)
      if (end > at) blocks.push(all.subarray(at, end))
      at = end
      if (all.length - at < packetBytes && (at === all.length || all[at] === syncByte)) break
      this.#inSync = false
    }
    // A copy, so that a few bytes do not hold on to all that came with them.
    this.#rest = at === all.length ? nothing : Buffer.from(all.subarray(at))
    return blocks
  }
}

/** The first place from which on packets may begin: every sync byte that can be seen is there. */
function findSync(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(syncByte, from); at !== -1; at = bytes.indexOf(syncByte, at + 1)) {
    if (isSync(bytes, at)) return at
  }
  return bytes.length
}

function isSync(bytes: Buffer, at: number): boolean {
  for (let packet = 1; packet < packetsToSync; packet++) {
    const next = at + packet * packetBytes
    if (next < bytes.length && bytes[next] !== syncByte) return false
  }
  return true
}

function endOfPackets(bytes: Buffer, from: number): number {
  let at = from
  while (at + packetBytes <= bytes.length && bytes[at] === syncByte) at += packetBytes
  return at
}
