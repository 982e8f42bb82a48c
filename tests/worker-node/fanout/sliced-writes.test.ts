import { Writable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { SlicedWrites, sliceBytes } from '#worker/fanout/sliced-writes.ts'

/** A socket that takes what `take` lets it take. */
function slowSocket() {
  const taken: Buffer[] = []
  let go: (error?: Error) => void = () => {}
  let ended = false
  const socket = new Writable({
    write(bytes, _, done) {
      taken.push(bytes)
      go = done
    },
    final(done) {
      ended = true
      done()
    },
  })
  socket.on('error', () => {})
  const take = async (error?: Error) => {
    go(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { socket, taken, take, ended: () => ended }
}

describe('writes in slices', () => {
  it('hands a large write on slice by slice, each once the one before it has left', async () => {
    const { socket, taken, take } = slowSocket()
    const writes = new SlicedWrites(socket)
    const written = vi.fn()
    const bytes = Buffer.from(Array.from({ length: 2 * sliceBytes + 10 }, (_, index) => index))
    writes.write(bytes, written)
    expect(taken.map(({ length }) => length)).toEqual([sliceBytes])
    await take()
    await take()
    expect(taken.map(({ length }) => length)).toEqual([sliceBytes, sliceBytes, 10])
    expect(written).not.toHaveBeenCalled()
    await take()
    expect(written).toHaveBeenCalledOnce()
    expect(Buffer.concat(taken)).toEqual(bytes)
  })

  it('keeps the order of writes, and tells how much of them waits', async () => {
    const { socket, taken, take } = slowSocket()
    const writes = new SlicedWrites(socket)
    writes.write(Buffer.alloc(sliceBytes + 1, 'a'))
    writes.write(Buffer.from('b'))
    expect(writes.writableLength).toBe(sliceBytes + 2)
    await take()
    expect(writes.writableLength).toBe(2)
    await take()
    await take()
    expect(writes.writableLength).toBe(0)
    expect(taken.slice(1).map(String)).toEqual(['a', 'b'])
  })

  it('takes what is written as soon as something has left', async () => {
    const { socket, taken, take } = slowSocket()
    const writes = new SlicedWrites(socket)
    const second = vi.fn()
    writes.write(Buffer.from('a'), () => writes.write(Buffer.from('b'), second))
    await take()
    await take()
    expect(taken.map(String)).toEqual(['a', 'b'])
    expect(second).toHaveBeenCalledOnce()
  })

  it('ends the socket after all that was written', async () => {
    const { socket, take, ended } = slowSocket()
    const writes = new SlicedWrites(socket)
    writes.write(Buffer.alloc(sliceBytes + 1))
    writes.end()
    await take()
    expect(ended()).toBe(false)
    await take()
    expect(ended()).toBe(true)
  })

  it('ends a socket with nothing to write at once', () => {
    const { socket } = slowSocket()
    new SlicedWrites(socket).end()
    expect(socket.writableEnded).toBe(true)
  })

  it('writes nothing more after a loss, and lets go of what waits', async () => {
    const { socket, taken, take } = slowSocket()
    const writes = new SlicedWrites(socket)
    const written = vi.fn()
    const never = vi.fn()
    writes.write(Buffer.alloc(3 * sliceBytes), written)
    writes.write(Buffer.from('b'), never)
    const loss = new Error('lost')
    await take(loss)
    expect(written).toHaveBeenCalledExactlyOnceWith(loss)
    expect(never).not.toHaveBeenCalled()
    expect(taken).toHaveLength(1)
    expect(writes.writableLength).toBeLessThanOrEqual(sliceBytes)
  })
})
