import type { SeededRandom } from './random.ts'

/** A copy of `bytes` with one to four faults: flipped bits, extreme numbers, and parts cut out, doubled, or made up. */
export function mutate(bytes: Buffer, random: SeededRandom): Buffer {
  let mutated: Buffer = Buffer.from(bytes)
  for (let faults = 1 + random.below(4); faults > 0; faults--) mutated = fault(mutated, random)
  return mutated
}

function fault(bytes: Buffer, random: SeededRandom): Buffer {
  if (bytes.length === 0) return random.bytes(1)
  const at = random.below(bytes.length)
  const end = Math.min(bytes.length, at + 1 + random.below(16))
  switch (random.below(7)) {
    case 0:
      bytes[at] = bytes.readUInt8(at) ^ (1 << random.below(8))
      return bytes
    case 1:
      bytes[at] = random.below(256)
      return bytes
    case 2:
      return bytes.fill(random.pick([0x00, 0xff, 0x7f, 0x80]), at, end)
    case 3:
      return bytes.subarray(0, at)
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
    case 5:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    default:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at)])
  }
}
