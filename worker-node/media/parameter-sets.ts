import { guardReads, MediaFormatError, viewOf } from './box-reader.ts'

/** `nal_unit_type` of an access unit delimiter (ISO/IEC 14496-10 §7.4.1), which nothing may precede. */
const accessUnitDelimiter = 9

/**
 * The sequence and picture parameter sets of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1) as they stand
 * in a sample: each behind its length, in as many bytes as the record says. Throws {@link MediaFormatError}.
 */
export function parameterSetsOf(avcC: Uint8Array): Uint8Array {
  return guardReads('An AVCDecoderConfigurationRecord', () => {
    const view = viewOf(avcC)
    const lengthBytes = (view.getUint8(4) & 3) + 1
    const sets: Uint8Array[] = []
    let offset = 5
    for (const countMask of [0x1f, 0xff]) {
      const count = view.getUint8(offset) & countMask
      offset += 1
      for (let index = 0; index < count; index += 1) {
        const size = view.getUint16(offset)
        const set = avcC.subarray(offset + 2, offset + 2 + size)
        if (set.length < size) throw new MediaFormatError('A parameter set is longer than the box around it.')
        const length = Buffer.alloc(lengthBytes)
        length.writeUIntBE(size, 0, lengthBytes)
        sets.push(length, set)
        offset += 2 + size
      }
    }
    return Buffer.concat(sets)
  })
}

/** A picture in AVCC form with parameter sets in it, as pieces that share its memory. Lengths take four bytes. */
export function withParameterSets(payload: Uint8Array, parameterSets: Uint8Array): readonly Uint8Array[] {
  const isDelimited = payload.length > 4 && (payload[4]! & 0x1f) === accessUnitDelimiter
  const end = isDelimited ? 4 + viewOf(payload).getUint32(0) : 0
  return end === 0 || end > payload.length
    ? [parameterSets, payload]
    : [payload.subarray(0, end), parameterSets, payload.subarray(end)]
}
