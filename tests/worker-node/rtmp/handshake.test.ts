import { describe, expect, it } from 'vitest'
import { Handshake } from '#worker/rtmp/handshake.ts'
import { RtmpProtocolError } from '#worker/rtmp/protocol-error.ts'

describe('Handshake', () => {
  it('brings a client and a server together and hands on what follows (RTMP 1.0 §5.2)', () => {
    const client = new Handshake('client')
    const server = new Handshake('server')
    expect(server.start()).toHaveLength(0)
    const hello = client.start()
    expect(hello).toHaveLength(1_537)
    const answer = server.push(hello)
    expect(answer.send).toHaveLength(3_073)
    expect(answer.rest).toBeUndefined()
    const end = client.push(Buffer.concat([answer.send, Buffer.from('server')]))
    expect(end.rest?.toString()).toBe('server')
    expect(server.push(Buffer.concat([end.send, Buffer.from('client')])).rest?.toString()).toBe('client')
  })

  it("echoes the peer's packet byte for byte, which librtmp compares", () => {
    const hello = new Handshake('client').start()
    expect(new Handshake('server').push(hello).send.subarray(1_537)).toEqual(hello.subarray(1))
  })

  it('works a byte at a time and answers once', () => {
    const server = new Handshake('server')
    let sent = 0
    for (const byte of new Handshake('client').start()) sent += server.push(Buffer.of(byte)).send.length
    expect(sent).toBe(3_073)
    expect(server.push(Buffer.alloc(1_535)).rest).toBeUndefined()
    expect(server.push(Buffer.alloc(1)).rest).toHaveLength(0)
  })

  it.each([0, 6, 8, 0x16, 0x47])('refuses version %i at the first byte', (version) => {
    expect(() => new Handshake('server').push(Buffer.of(version))).toThrow(RtmpProtocolError)
  })
})
