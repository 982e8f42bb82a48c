/** What a chunk costs beside its bytes, so that a flood of tiny ones is bounded as well. */
const overheadBytes = 256

/** Chunks in their order, and what they take of memory. */
export class ChunkQueue {
  readonly chunks: Buffer[] = []
  /** Bytes. */
  cost = 0

  add(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.cost += chunk.length + overheadBytes
  }

  take(): Buffer | undefined {
    const chunk = this.chunks.shift()
    if (chunk !== undefined) this.cost -= chunk.length + overheadBytes
    return chunk
  }
}
