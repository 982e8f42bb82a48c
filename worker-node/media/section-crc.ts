/** CRC-32/MPEG-2 of a transport stream's sections (ISO/IEC 13818-1 Annex A): over a whole section, its CRC included, it is 0. */
export function sectionCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc << 8) ^ crcTable[((crc >>> 24) ^ byte) & 0xff]!
  return crc >>> 0
}

const crcTable = Int32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0)
  return crc
})
