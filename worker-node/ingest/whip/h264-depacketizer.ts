import { type Depacketizer, type EncodedFrame, maxFrameBytes } from './access-unit.ts'

/** nal_unit_type (ISO/IEC 14496-10 Table 7-1) and the aggregations of RFC 6184 §5.2. */
const nalType = { idr: 5, sps: 7, pps: 8, delimiter: 9, stapA: 24, fuA: 28 } as const

/** Puts H.264 in packetization mode 1 together again (RFC 6184): single NAL units, STAP-A and FU-A. */
export class H264Depacketizer implements Depacketizer {
  damagedFrames = 0
  /** The newest sequence parameter set, for the header. */
  sps: Buffer | undefined
  pps: Buffer | undefined
  #timestamp: number | undefined
  #units: Buffer[] = []
  #fragments: Buffer[] | undefined
  #bytes = 0
  #isDamaged = false

  /** `parameterSets`: `sprop-parameter-sets` of the offer, for senders that don't repeat them (RFC 6184 §8.2.1). */
  constructor(parameterSets = '') {
    for (const text of parameterSets.slice(0, 4_096).split(',')) {
      const unit = Buffer.from(text, 'base64')
      if (((unit[0] ?? 0) & 31) === nalType.sps) this.sps = unit
      if (((unit[0] ?? 0) & 31) === nalType.pps) this.pps = unit
    }
  }

  push(
    { timestamp, marker, payload }: { timestamp: number; marker: boolean; payload: Buffer },
    lostBefore: boolean,
  ): EncodedFrame | undefined {
    // A frame whose last packet was lost ends where the next begins.
    if (this.#timestamp !== timestamp && this.#timestamp !== undefined) this.#drop()
    this.#timestamp = timestamp
    if (lostBefore) this.#isDamaged = true
    if (!this.#isDamaged) this.#take(payload)
    return marker ? this.#finish(timestamp) : undefined
  }

  #take(payload: Buffer): void {
    const type = (payload[0] ?? 0) & 31
    if (payload.length < 2) return
    if (type === nalType.fuA) return void this.#takeFragment(payload)
    if (this.#fragments) this.#isDamaged = true
    if (type === nalType.stapA) return void this.#takeAggregate(payload)
    if (type >= 1 && type <= 23) this.#add(payload)
  }

  #takeAggregate(payload: Buffer): void {
    for (let at = 1; at + 2 <= payload.length; ) {
      const length = payload.readUInt16BE(at)
      const unit = payload.subarray(at + 2, at + 2 + length)
      if (length === 0 || unit.length !== length) {
        this.#isDamaged = true
        return
      }
      this.#add(unit)
      at += 2 + length
    }
  }

  #takeFragment(payload: Buffer): void {
    const [indicator = 0, header = 0] = payload
    const isStart = (header & 0x80) !== 0
    if (isStart === (this.#fragments !== undefined)) {
      this.#isDamaged = true
      return
    }
    this.#fragments ??= [Buffer.from([(indicator & 0xe0) | (header & 31)])]
    this.#fragments.push(payload.subarray(2))
    this.#count(payload.length)
    if ((header & 0x40) === 0) return
    const unit = Buffer.concat(this.#fragments)
    this.#fragments = undefined
    this.#bytes -= unit.length
    this.#add(unit)
  }

  #add(unit: Buffer): void {
    const type = (unit[0] ?? 0) & 31
    if (type === nalType.delimiter) return
    if (type === nalType.sps) this.sps = unit
    if (type === nalType.pps) this.pps = unit
    this.#units.push(unit)
    this.#count(unit.length + 4)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > maxFrameBytes || this.#units.length > 1_000) this.#isDamaged = true
  }

  #finish(timestamp: number): EncodedFrame | undefined {
    if (this.#isDamaged || this.#fragments || this.#units.length === 0) {
      this.#drop()
      return
    }
    const isKeyframe = this.#units.some((unit) => ((unit[0] ?? 0) & 31) === nalType.idr)
    const bytes = lengthPrefixed(isKeyframe ? this.#withParameterSets() : this.#units)
    this.#reset()
    return { timestamp, isKeyframe, bytes }
  }

  /** A decoder that begins at this keyframe needs both sets; many senders repeat them only now and then. */
  #withParameterSets(): Buffer[] {
    const has = (type: number) => this.#units.some((unit) => ((unit[0] ?? 0) & 31) === type)
    const { sps, pps } = this
    return [...(sps && !has(nalType.sps) ? [sps] : []), ...(pps && !has(nalType.pps) ? [pps] : []), ...this.#units]
  }

  #drop(): void {
    if (this.#units.length > 0 || this.#fragments || this.#isDamaged) this.damagedFrames += 1
    this.#reset()
  }

  #reset(): void {
    this.#timestamp = undefined
    this.#units = []
    this.#fragments = undefined
    this.#bytes = 0
    this.#isDamaged = false
  }
}

function lengthPrefixed(units: readonly Buffer[]): Buffer {
  return Buffer.concat(
    units.flatMap((unit) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(unit.length)
      return [length, unit]
    }),
  )
}
