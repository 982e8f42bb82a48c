import { RtmpProtocolError } from './protocol-error.ts'

/**
 * What AMF0 can say, as plain JavaScript. Decoded objects, typed objects and ECMA arrays are null-prototype objects;
 * XML documents are strings; `unsupported` is undefined.
 */
export type Amf0Value =
  | number
  | boolean
  | string
  | null
  | undefined
  | Date
  | readonly Amf0Value[]
  | Amf0Object
  | Amf0EcmaArray
export interface Amf0Object {
  readonly [name: string]: Amf0Value
}

/** Marks properties to be written as an ECMA array (§2.10), the usual form of `onMetaData`. Never comes out of decoding. */
export class Amf0EcmaArray {
  readonly properties: Amf0Object
  constructor(properties: Amf0Object) {
    this.properties = properties
  }
}

export interface Amf0Limits {
  /** Bytes of one sequence of values. */
  readonly maxBytes: number
  /** Objects and arrays inside each other. */
  readonly maxDepth: number
  /** Values in all, nested ones included. */
  readonly maxValues: number
}
export const defaultAmf0Limits: Amf0Limits = { maxBytes: 65_536, maxDepth: 16, maxValues: 4_096 }

/** Type markers, AMF0 specification §2.1. */
const marker = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
} as const

/** Writes the values one after another (AMF0 specification §2). Throws RangeError for a property name over 65,535 bytes. */
export function encodeAmf0(...values: readonly Amf0Value[]): Buffer {
  const parts: Buffer[] = []
  for (const value of values) writeValue(parts, value)
  return Buffer.concat(parts)
}

/**
 * Reads all values in `bytes` (AMF0 specification §2). Throws RtmpProtocolError for anything malformed or over a limit,
 * and for references (§2.9) and AMF3 (§3.1), which no publisher needs and which could make cycles.
 */
export function decodeAmf0(bytes: Buffer, limits: Amf0Limits = defaultAmf0Limits): Amf0Value[] {
  if (bytes.length > limits.maxBytes) throw new RtmpProtocolError(`AMF0 is longer than ${limits.maxBytes} bytes`)
  const reader = new Amf0Reader(bytes, limits)
  const values: Amf0Value[] = []
  while (!reader.atEnd) values.push(reader.value(0))
  return values
}

function writeValue(parts: Buffer[], value: Amf0Value): void {
  if (value === undefined) parts.push(Buffer.of(marker.undefined))
  else if (value === null) parts.push(Buffer.of(marker.null))
  else if (typeof value === 'number') parts.push(markedDouble(marker.number, value))
  else if (typeof value === 'boolean') parts.push(Buffer.of(marker.boolean, value ? 1 : 0))
  else if (typeof value === 'string') writeString(parts, value)
  else if (value instanceof Date) parts.push(markedDouble(marker.date, value.getTime()), Buffer.alloc(2))
  else if (value instanceof Amf0EcmaArray) {
    parts.push(markedLength(marker.ecmaArray, Object.keys(value.properties).length))
    writeProperties(parts, value.properties)
  } else if (isArray(value)) {
    parts.push(markedLength(marker.strictArray, value.length))
    for (const item of value) writeValue(parts, item)
  } else {
    parts.push(Buffer.of(marker.object))
    writeProperties(parts, value)
  }
}

function isArray(value: Amf0Object | readonly Amf0Value[]): value is readonly Amf0Value[] {
  return Array.isArray(value)
}

function markedDouble(mark: number, value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = mark
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function markedLength(mark: number, length: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = mark
  bytes.writeUInt32BE(length, 1)
  return bytes
}

function shortString(text: string): Buffer {
  const bytes = Buffer.from(`\0\0${text}`)
  bytes.writeUInt16BE(bytes.length - 2)
  return bytes
}

function writeString(parts: Buffer[], text: string): void {
  const length = Buffer.byteLength(text)
  if (length <= 0xffff) parts.push(Buffer.of(marker.string), shortString(text))
  else parts.push(markedLength(marker.longString, length), Buffer.from(text))
}

function writeProperties(parts: Buffer[], properties: Amf0Object): void {
  for (const [name, value] of Object.entries(properties)) {
    parts.push(shortString(name))
    writeValue(parts, value)
  }
  parts.push(Buffer.of(0, 0, marker.objectEnd))
}

class Amf0Reader {
  readonly #bytes: Buffer
  readonly #limits: Amf0Limits
  #at = 0
  #values = 0

  constructor(bytes: Buffer, limits: Amf0Limits) {
    this.#bytes = bytes
    this.#limits = limits
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  value(depth: number): Amf0Value {
    if (++this.#values > this.#limits.maxValues)
      throw new RtmpProtocolError(`AMF0 holds more than ${this.#limits.maxValues} values`)
    if (depth > this.#limits.maxDepth) throw new RtmpProtocolError(`AMF0 nests deeper than ${this.#limits.maxDepth}`)
    const mark = this.#take(1).readUInt8()
    switch (mark) {
      case marker.number:
        return this.#take(8).readDoubleBE()
      case marker.boolean:
        return this.#take(1).readUInt8() !== 0
      case marker.string:
        return this.#shortString()
      case marker.longString:
      case marker.xmlDocument:
        return this.#take(this.#uint32()).toString()
      case marker.null:
        return null
      case marker.undefined:
      case marker.unsupported:
        return undefined
      case marker.date: {
        const time = this.#take(8).readDoubleBE()
        this.#take(2) // The time zone is reserved and must be 0 (§2.13).
        return new Date(time)
      }
      case marker.strictArray:
        return this.#strictArray(depth)
      case marker.ecmaArray:
        this.#uint32() // The count is a hint (§2.10): encoders write 0 there too.
        return this.#properties(depth)
      case marker.typedObject:
        this.#shortString() // The class name says nothing to us.
        return this.#properties(depth)
      case marker.object:
        return this.#properties(depth)
      default:
        throw new RtmpProtocolError(`AMF0 type 0x${mark.toString(16)} is not taken`)
    }
  }

  #strictArray(depth: number): Amf0Value[] {
    const count = this.#uint32()
    if (count > this.#limits.maxValues)
      throw new RtmpProtocolError(`AMF0 holds more than ${this.#limits.maxValues} values`)
    const items: Amf0Value[] = []
    for (let index = 0; index < count; index++) items.push(this.value(depth + 1))
    return items
  }

  #properties(depth: number): Amf0Object {
    const properties: Record<string, Amf0Value> = Object.create(null)
    for (;;) {
      const name = this.#shortString()
      if (name === '' && this.#bytes[this.#at] === marker.objectEnd) break
      properties[name] = this.value(depth + 1)
    }
    this.#at++
    return properties
  }

  #shortString(): string {
    return this.#take(this.#take(2).readUInt16BE()).toString()
  }

  #uint32(): number {
    return this.#take(4).readUInt32BE()
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new RtmpProtocolError('AMF0 ends in the middle of a value')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
