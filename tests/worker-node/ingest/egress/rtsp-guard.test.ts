import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { NotRtsp, RtspGuard } from '#worker/ingest/egress/rtsp-guard.ts'

const frame = (length: number) =>
  Buffer.concat([Buffer.of(0x24, 0, length >> 8, length & 0xff), Buffer.alloc(length, 7)])
const answer = (status: number, head = '', body = '') =>
  Buffer.from(`RTSP/1.0 ${status} X\r\nCSeq: 1\r\n${head}${body && `Content-Length: ${body.length}\r\n`}\r\n${body}`)

/** What comes through, in pieces of `size`, and what the guard told. */
async function through(bytes: Buffer, size: number) {
  const told: (readonly [number, string | undefined])[] = []
  const guard = new RtspGuard((status, location) => void told.push([status, location]))
  const passed = buffer(guard).catch((error: Error) => error)
  guard.on('error', () => {})
  for (let at = 0; at < bytes.length && !guard.destroyed; at += size) guard.write(bytes.subarray(at, at + size))
  guard.end()
  return { passed: await passed, told }
}

describe('the guard of an RTSP connection', () => {
  const session = Buffer.concat([
    answer(401, 'WWW-Authenticate: Basic realm="x"\r\n'),
    answer(200, 'Content-Base: rtsp://x/\r\n', 'v=0\r\nRTSP/1.0 302 in a body is no answer\r\n\r\n'),
    frame(1400),
    answer(200),
    frame(0),
    frame(65_535),
    Buffer.from('ANNOUNCE rtsp://x RTSP/1.0\r\nCSeq: 2\r\n\r\n'),
    frame(3),
  ])

  it.each([1, 7, 1000, 1_000_000])(
    'lets answers, requests and media through unchanged, in pieces of %d',
    async (size) => {
      const { passed, told } = await through(session, size)
      expect(passed).toEqual(session)
      expect(told).toEqual([
        [401, undefined],
        [200, undefined],
        [200, undefined],
      ])
    },
  )

  it.each([1, 1_000_000])('stops at a redirect, of which nothing comes through, in pieces of %d', async (size) => {
    const redirect = answer(302, 'Location: rtsp://10.0.0.1/a\r\n')
    const { passed, told } = await through(Buffer.concat([answer(200), redirect, frame(9)]), size)
    expect(passed).toBeInstanceOf(Error)
    expect(told).toEqual([
      [200, undefined],
      [302, 'rtsp://10.0.0.1/a'],
    ])
  })

  it('ends at once what begins as no RTSP does, and does not wait for more', async () => {
    const guard = new RtspGuard(() => {})
    const failure = once(guard, 'error')
    guard.write(Buffer.from([7, 38, 5, 36, 3]))
    expect((await failure)[0]).toBeInstanceOf(NotRtsp)
  })

  it.each([
    ['a line feed alone', 'RTSP/1.0 200 OK\nCSeq: 1\n\nRTSP/1.0 302 X\nLocation: rtsp://10.0.0.1/\n\n\r\n\r\n'],
    ['a return alone', 'RTSP/1.0 200 OK\r\nCSeq: 1\rX\r\n\r\n'],
    ['a tab in the status line', 'RTSP/1.0\t302 X\r\nLocation: rtsp://10.0.0.1/\r\n\r\n'],
    ['two lengths', 'RTSP/1.0 200 OK\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\n'],
    ['a length with a sign', 'RTSP/1.0 200 OK\r\nContent-Length: +4\r\n\r\n$\0\0\x40'],
    ['a length behind a tab', 'RTSP/1.0 200 OK\r\nContent-Length:\t4\r\n\r\n'],
    ['a start that is neither answer nor request', '\r\nRTSP/1.0 302 X\r\n\r\n'],
  ])('fails what another reader could take for something else: %s', async (_, text) => {
    const { passed } = await through(Buffer.from(text, 'latin1'), 1_000)
    expect(passed).toBeInstanceOf(Error)
  })

  it('fails what is no RTSP, before it has kept more than a message', async () => {
    const { passed } = await through(Buffer.alloc(400_000, 'x'), 10_000)
    expect(passed).toBeInstanceOf(Error)
  })
})
