import { describe, expect, it } from 'vitest'
import { Backoff } from '#worker/ingest/pull/backoff.ts'
import { copiedStreams, needsAudioEncode, pictureFault } from '#worker/ingest/pull/codecs.ts'
import { srtOptions } from '#worker/ingest/pull/fetch-srt.ts'
import { httpReader, rtspReader, srtReader } from '#worker/ingest/pull/reader-command.ts'
import { readRtmpAddress } from '#worker/ingest/pull/rtmp-address.ts'
import { splitAggregate } from '#worker/ingest/pull/rtmp-aggregate.ts'

describe('an RTMP address', () => {
  it.each([
    ['rtmp://h/live/key', 'live', 'key', 'rtmp://h/live', 1935],
    ['rtmp://h:1936/live/key?token=1&x=%2F', 'live', 'key?token=1&x=%2F', 'rtmp://h:1936/live', 1936],
    ['rtmps://h/app/instance/stream', 'app/instance', 'stream', 'rtmps://h/app/instance', 443],
    ['rtmp://h/app/instance/a/b', 'app/instance', 'a/b', 'rtmp://h/app/instance', 1935],
    ['rtmp://h/live/a%20b', 'live', 'a b', 'rtmp://h/live', 1935],
  ])('%s names application and stream', (address, app, streamName, tcUrl, port) => {
    expect(readRtmpAddress(new URL(address))).toMatchObject({ app, streamName, tcUrl, port })
  })

  it.each(['rtmp://h', 'rtmp://h/live', 'rtmp://h/live/', 'rtmp://user:pw@h/live/key'])('%s is refused', (address) => {
    expect(() => readRtmpAddress(new URL(address))).toThrow(expect.objectContaining({ code: 'address_unsupported' }))
  })
})

describe('the options of an SRT address', () => {
  const options = (query: string) => srtOptions(new URLSearchParams(query), 'h')

  it('are handed on, and no others', () => {
    expect(
      options('streamid=%23!::r=a,m=request&passphrase=0123456789&pbkeylen=32&mode=caller&payload_size=1&x=y'),
    ).toEqual({
      mode: 'caller',
      streamid: '#!::r=a,m=request',
      passphrase: '0123456789',
      pbkeylen: '32',
    })
  })

  it.each([
    ['120', '120000'],
    ['200000', '200000'],
    ['nonsense', undefined],
  ])('have a latency in ms (%s), or in µs as FFmpeg has it', (given, latency) => {
    expect(options(`latency=${given}`).latency).toBe(latency)
  })

  it.each(['listener', 'rendezvous'])('can not be those of a %s', (mode) => {
    expect(() => options(`mode=${mode}`)).toThrow(expect.objectContaining({ code: 'address_unsupported' }))
  })
})

describe('a reader’s command', () => {
  const copy = { encodeAudio: false }

  it('has its proxy in the environment, and no way round it', () => {
    const { args, env } = httpReader('http://start/0/a', 'http://u:p@127.0.0.1:1', { format: 'hls', live: true }, copy)
    expect(env).toEqual({ http_proxy: 'http://u:p@127.0.0.1:1', no_proxy: '' })
    expect(args.join(' ')).not.toContain('u:p')
    expect(args.join(' ')).toContain('-protocol_whitelist http,tcp,crypto -format_whitelist')
  })

  it('has its address on stdin, quoted so that it stays one', () => {
    const { args, script } = srtReader('srt://127.0.0.1:1', { passphrase: "a'b\\c d" }, copy)
    expect(args.join(' ')).not.toContain('127.0.0.1')
    expect(script).toContain("file 'srt://127.0.0.1:1'\n")
    expect(script).toContain("option passphrase 'a'\\''b\\c d")
    expect(rtspReader('rtsp://x', copy).script).toContain("option rtsp_transport 'tcp'\n")
  })

  it('can not be given a second directive by a line’s end', () => {
    for (const passphrase of ['a\nfile srt://10.0.0.1:1', 'a\r', '\0'])
      expect(() => srtReader('srt://127.0.0.1:1', { passphrase }, copy)).toThrow('control character')
  })

  it('encodes the sound where it is told to', () => {
    expect(rtspReader('rtsp://x', copy).args.join(' ')).not.toContain('aac')
    expect(rtspReader('rtsp://x', { encodeAudio: true }).args.join(' ')).toContain('-c copy -c:a aac')
  })
})

describe('what FFmpeg says that it copies', () => {
  const stderr = `[info] Input #0, matroska,webm, from 'x':
[info]   Stream #0:0: Video: vp9 (Profile 0), yuv420p
[info]   Stream #0:1(eng): Audio: flac, 48000 Hz
[info] Output #0, mpegts, to 'pipe:3':
[info]   Stream #0:0(eng): Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p
[info]   Stream #0:1[0x101](und): Audio: pcm_alaw, 8000 Hz, mono`

  it('is read from its output', () => {
    expect(copiedStreams(stderr)).toEqual([
      { kind: 'video', codec: 'h264' },
      { kind: 'audio', codec: 'pcm_alaw' },
    ])
    expect(copiedStreams('')).toEqual([])
  })

  it('decides what must be encoded and what can not be carried', () => {
    expect(needsAudioEncode(copiedStreams(stderr))).toBe(true)
    expect(pictureFault(copiedStreams(stderr))).toBeNull()
    expect(pictureFault([{ kind: 'video', codec: 'av1' }])).toMatchObject({ code: 'codec_unsupported' })
    expect(needsAudioEncode([{ kind: 'audio', codec: 'opus' }])).toBe(false)
  })
})

it('an aggregate message is taken apart, its times moved to its own', () => {
  const part = (type: number, time: number, text: string) => {
    const head = Buffer.alloc(11)
    head[0] = type
    head.writeUIntBE(text.length, 1, 3)
    head.writeUIntBE(time & 0xffffff, 4, 3)
    head[7] = time >>> 24
    return Buffer.concat([head, Buffer.from(text), Buffer.alloc(4)])
  }
  const payload = Buffer.concat([
    part(8, 0x1_000_010, 'sound'),
    part(9, 0x1_000_030, 'picture'),
    Buffer.of(9, 0, 0, 99),
  ])
  const parts = [...splitAggregate({ type: 22, timestamp: 500, streamId: 1, payload })]
  expect(parts.map(({ type, timestamp, payload: text }) => [type, timestamp, String(text)])).toEqual([
    [8, 500, 'sound'],
    [9, 532, 'picture'],
  ])
})

describe('the pauses between tries', () => {
  it('grow to 30 s at most, are jittered, and begin anew after what was healthy', () => {
    const low = new Backoff(() => 0)
    expect([0, 0, 0, 0, 0, 0, 0].map((lasted) => low.next(lasted))).toEqual([
      800, 1600, 3200, 6400, 12_800, 20_000, 20_000,
    ])
    expect(low.next(10_000)).toBe(800)
    const high = new Backoff(() => 0.999_999)
    expect(Array.from({ length: 50 }, () => high.next(0)).every((pause) => pause <= 30_000)).toBe(true)
  })
})
