import { describe, expect, it } from 'vitest'
import { type ConnectionEnds, kernelQueues, rowKey, tableOf } from '#worker/fanout/kernel-queue.ts'

// As a kernel of the usual (little endian) kind prints them.
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1206 1 00000000c860b381 100 0 0 10 0
   1: 0100007F:A1F2 0100007F:078F 01 0001A2B3:00000000 01:00000014 00000000     0        0 20731 4 000000004d1e7b55 20 4 30 10 -1
   2: 0100007F:078F 0100007F:A1F2 01 00000000:0000FFFF 00:00000000 00000000     0        0 20732 1 00000000a1e0b5f4 20 4 31 10 -1
12345: 1402A8C0:A1F2 0A0071CB:01BB 01 003BD2F0:00000000 04:00000014 00000000     0        0 20733 2 00000000b7d1e2a0 20 4 30 10 -1
`
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:078F 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21001 1 000000009a0ae6f3 100 0 0 10 0
   1: B80D0120000000000000000001000000:C350 B80D01200100000000000000EFBE0000:078F 01 00000200:00000000 01:00000014 00000000     0        0 21002 2 00000000dd1e7b11 20 4 30 10 -1
   2: 0000000000000000FFFF00000100007F:C351 0000000000000000FFFF00000100007F:078F 01 00000007:00000000 01:00000014 00000000     0        0 21003 2 00000000dd1e7b22 20 4 30 10 -1
`
const ends = (localAddress: string, localPort: number, remoteAddress: string, remotePort: number): ConnectionEnds => ({
  ...{ localAddress, localPort, remoteAddress, remotePort },
})
const queueOf = (text: string, connection: ConnectionEnds) => {
  const key = rowKey(connection)
  return kernelQueues(text, new Set([key])).get(key)
}

describe("the kernel's table of connections", () => {
  it('gives the bytes that wait on an IPv4 connection', () => {
    expect(queueOf(tcp, ends('127.0.0.1', 0xa1f2, '127.0.0.1', 1935))).toBe(0x1a2b3)
    expect(queueOf(tcp, ends('127.0.0.1', 1935, '127.0.0.1', 0xa1f2))).toBe(0)
  })

  it('tells connections with one local port to several servers apart', () => {
    expect(queueOf(tcp, ends('192.168.2.20', 0xa1f2, '203.113.0.10', 443))).toBe(0x3bd2f0)
    expect(queueOf(tcp, ends('192.168.2.20', 0xa1f2, '203.113.0.11', 443))).toBeUndefined()
  })

  it('gives the bytes that wait on an IPv6 connection, whatever its address leaves out', () => {
    for (const remote of ['2001:db8:0:1::beef', '2001:db8:0:1:0:0:0:beef', '2001:db8::1:0:0:0:beef'])
      expect(queueOf(tcp6, ends('2001:db8::1', 50_000, remote, 1935))).toBe(0x200)
    expect(queueOf(tcp6, ends('2001:db8::1%eth0', 50_000, '2001:db8:0:1::beef', 1935))).toBe(0x200)
    expect(queueOf(tcp6, ends('2001:db8::1', 50_000, '2001:db8::beef', 1935))).toBeUndefined()
  })

  it('gives the bytes that wait on a connection to an IPv4 address written as IPv6', () => {
    const mapped = ends('::ffff:127.0.0.1', 50_001, '::ffff:127.0.0.1', 1935)
    expect(tableOf(mapped)).toBe('tcp6')
    expect(queueOf(tcp6, mapped)).toBe(7)
    expect(queueOf(tcp6, ends('::ffff:7f00:1', 50_001, '::ffff:7f00:1', 1935))).toBe(7)
  })

  it('answers for all that are asked for, and for no others', () => {
    const connections = [ends('127.0.0.1', 0xa1f2, '127.0.0.1', 1935), ends('10.0.0.1', 9, '10.0.0.2', 9)]
    const keys = connections.map(rowKey)
    expect([...kernelQueues(tcp, new Set(keys))]).toEqual([[keys[0], 0x1a2b3]])
    expect(kernelQueues(tcp, new Set()).size).toBe(0)
  })

  it('leaves out a row that ends too soon', () => {
    const connection = ends('127.0.0.1', 0xa1f2, '127.0.0.1', 1935)
    const cutAt = tcp.indexOf('0001A2B3')
    expect(queueOf(tcp.slice(0, cutAt + 7), connection)).toBeUndefined()
    expect(queueOf(tcp.slice(0, cutAt + 8), connection)).toBe(0x1a2b3)
  })

  it('finds nothing in what is no such table', () => {
    const connection = ends('127.0.0.1', 1, '127.0.0.1', 2)
    for (const text of ['', '\n\n', ': ', 'no: table\n'.repeat(10)]) expect(queueOf(text, connection)).toBeUndefined()
  })
})
