import { type AccessUnit, inspectAccessUnit } from './access-unit.ts'
import type { PictureTimes } from './description.ts'
import { readPesHeader } from './pes.ts'
import type { VideoCodec } from './program.ts'

/** A picture that does not show what it is in so many packets is no keyframe. */
const maxPackets = 64

/** The beginning of a picture, collected until it shows what it is. Memory: 12 KiB. */
export class PictureStart {
  readonly #randomAccess: boolean
  #bytes: Buffer = Buffer.alloc(0)
  #packets = 0

  constructor(randomAccess: boolean) {
    this.#randomAccess = randomAccess
  }

  /** Takes the payload of the next packet. Undefined: more is needed. */
  push(codec: VideoCodec, payload: Buffer): (AccessUnit & { readonly times: PictureTimes }) | undefined {
    this.#packets++
    this.#bytes = this.#bytes.length === 0 ? payload : Buffer.concat([this.#bytes, payload])
    const pes = readPesHeader(this.#bytes)
    const unit = pes && inspectAccessUnit(codec, this.#bytes.subarray(pes.length), this.#randomAccess)
    if (unit) return { ...unit, times: pes }
    if (this.#packets < maxPackets) return
    return { keyframe: false, sequenceHeader: undefined, times: { pts: null, dts: null } }
  }
}
