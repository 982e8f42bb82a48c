const bytesPerFrame = 4

/** Turns a byte stream of interleaved stereo s16le into samples of −1 to 1. Holds less than one frame. */
export class PcmReader {
  readonly #onSamples: (samples: Float32Array) => void
  #rest: Uint8Array = new Uint8Array(0)

  constructor(onSamples: (samples: Float32Array) => void) {
    this.#onSamples = onSamples
  }

  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    const wholeBytes = bytes.length - (bytes.length % bytesPerFrame)
    this.#rest = bytes.slice(wholeBytes)
    if (wholeBytes > 0) this.#onSamples(fromS16(bytes.subarray(0, wholeBytes)))
  }
}

/** Samples of −1 to 1 as s16le; what is louder is cut off. */
export function toS16(samples: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length * 2)
  for (let index = 0; index < samples.length; index++)
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(samples[index]! * 32_768))), index * 2)
  return bytes
}

function fromS16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = new Float32Array(bytes.length / 2)
  for (let index = 0; index < samples.length; index++) samples[index] = view.getInt16(index * 2, true) / 32_768
  return samples
}
