import { describe, expect, it } from 'vitest'
import { newSecret } from '#schema/ids.ts'
import type { LogLine } from '#schema/log/line.ts'
import { createLog } from '#schema/log/log.ts'
import { redactFields, redactText } from '#schema/log/redact.ts'

const key = newSecret()
const jwt = 'eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ.eyJzdWIiOiJsc18xIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ'
const jwe = 'eyJhbGciOiJFQ0RILUVTIn0..aXYtaXYtaXYtaXY.Y2lwaGVydGV4dA.dGFnLXRhZy10YWc'
const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIH\nabcdef\n-----END PRIVATE KEY-----'

/** A text in which something is secret, and what must not be left of it. */
const texts: readonly (readonly [text: string, ...secrets: string[]])[] = [
  ['rtmp://a.example/live/key-1234: Input/output error', 'key-1234', 'live/'],
  [
    "Error opening 'https://user:pa55w0rd@b.example/x/y.m3u8?token=t0psecret#frag': 403",
    'pa55w0rd',
    't0psecret',
    'user',
    'frag',
    'y.m3u8',
  ],
  ['file:///home/anna/secret-plan.mp4', 'anna', 'secret-plan'],
  ['rtmp://user:pass/wo@rd@host.example/app', 'pass', 'wo@rd'],
  ['SRT://c.example:9000?passphrase=hush-1234&streamid=publish:abc', 'hush-1234', 'publish:abc'],
  ['rtsp://admin:camera1@[fe80::1]:554/stream', 'camera1', 'admin'],
  ['rtmps://x.example:443/app playpath=key-9876 live=1', 'key-9876'],
  ['passphrase=hush-1234', 'hush-1234'],
  ['password: "two words"', 'two words'],
  ['{"stream_key":"abc-123","x":1}', 'abc-123'],
  ["{ streamKey: 'abc-123' }", 'abc-123'],
  ['stream key = abc-123', 'abc-123'],
  ['streamid: publish:abc-123', 'abc-123'],
  ['access_token=abc123&other=1', 'abc123'],
  ['Authorization: Bearer abc.def.ghi', 'abc.def'],
  ['authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
  ['the header said OAuth 0123456789abcdef', '0123456789abcdef'],
  ['Cookie: weir_session=abcdef; a=b', 'abcdef'],
  ['Set-Cookie: weir_session=abcdef', 'abcdef'],
  ['X-Api-Key: 12345abc', '12345abc'],
  ['client_secret=s3cr3t', 's3cr3t'],
  [`a token ${key} alone`, key],
  [`wt_${key} with what stands before it`, key],
  [`job ${jwt} refused`, jwt.slice(0, 30), 'c2lnbmF0dXJl'],
  [`sealed ${jwe}`, 'Y2lwaGVydGV4dA', 'aXYtaXY'],
  ['v1.AbCdEf12.AbCdEfGhIjKlMnOp.c2VhbGVkLXNlY3JldA in the database', 'c2VhbGVkLXNlY3JldA'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw signs', 'MfKQ9r8GKYqr'],
  ['live_123456789_AbCdEfGhIjKlMnOpQrStUv to Twitch', 'AbCdEfGhIj'],
  ['sk_us-west-2_abcdefGHIJKL to Kick', 'abcdefGHIJKL'],
  ['FB-1234567890123456-0-AbCdEfGhIjKl to Facebook', 'AbCdEfGh'],
  ['abcd-ef12-3456-gh78-ijkl to YouTube', 'ef12', 'ijkl'],
  [pem, 'MC4CAQAw', 'abcdef'],
  [
    `Failed query: insert into x\nparams: ls_1,${key.slice(0, 20)},\nsecond line\n    at place (file.ts:1:1)`,
    key.slice(0, 20),
    'second line',
  ],
]

describe('what may be logged', () => {
  it.each(texts)('has no secret of: %s', (text, ...secrets) => {
    const safe = redactText(`before ${text}`)
    for (const secret of secrets) expect(safe).not.toContain(secret)
    expect(safe).toMatch(/^before /)
    expect(safe).toContain('•••')
  })

  it('orders no terminal about', () => {
    const name = 'a\x1b]0;title\x07\x9b2J\r\u202ezyx\tb\nc'
    expect(redactText(name)).toBe('a\ufffd]0;title\ufffd\ufffd2J\ufffd\ufffdzyx\tb\nc')
    expect(redactFields({ detail: { name } })).toEqual({ detail: { name: redactText(name) } })
  })

  it.each(['\n', '-eyJ'])('takes no long time for what only begins like a secret, again and again: %j', (part) => {
    const text = `params: ${part.repeat(8_000 / part.length)}`
    const before = performance.now()
    for (let times = 0; times < 30; times++) redactText(text)
    expect(performance.now() - before).toBeLessThan(6_000)
  })

  it.each([
    'The connection to the source was lost. It is taken back as soon as it returns.',
    'PATCH /v1/live-streams/ls_4kTabcdefghijklmnopq 200',
    'ses_4kTabcdefghijklmnopq on wrk_4kTabcdefghijklmnopq since 2026-11-22T10:00:00.000Z',
    '[libx264 @ 0x5617fa240d00] frame= 3042 fps= 30 q=23.0 time=00:01:41.40 bitrate=N/A speed=1x',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 is a digest, d41d8cd98f00b204e9800998ecf8427e too',
    'http://127.0.0.1:8787 answers',
    'The stream key was replaced; the token is good until 10:00.',
  ])('keeps what is not secret: %s', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it('keeps scheme, host and port of an address, by which people know it', () => {
    expect(redactText('from https://u:p@a.example:8443/x?y=1.')).toBe('from https://a.example:8443/•••')
    expect(redactText('to rtmp://a.example/app/key, again')).toBe('to rtmp://a.example/••• again')
  })

  it('hides values that are known to be secret, whatever they look like, also as they stand in an address', () => {
    expect(redactText('FFmpeg said main and m%C3%A4in', ['main', 'm%C3%A4in'])).toBe('FFmpeg said ••• and •••')
  })

  it('hides fields by their names, at any depth, in lists, in errors and their causes', () => {
    const safe = redactFields({
      ...{
        streamKey: 's1',
        stream_key: 's2',
        token: 's3',
        sealedUrls: 's4',
        srt_passphrase: 's5',
        apiKey: 's6',
        params: ['s7'],
      },
      list: [{ password: 's8' }, new URL('https://u:s9@h/p')],
      deep: { er: { and: { er: { secret: 's0' } } } },
      err: Object.assign(new Error(`no way to rtmp://h/app/${key}`, { cause: new Error(`token=${key}`) }), {
        token: key,
      }),
      kept: { id: 'dst_1', token_id: 'tok_1', bytes: new Uint8Array(3), at: new Date(0) },
    })
    const text = JSON.stringify(safe)
    for (const secret of ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's0', key])
      expect(text).not.toContain(secret)
    expect(safe.kept).toMatchObject({ id: 'dst_1', token_id: 'tok_1', bytes: '3 bytes' })
    expect(safe.err).toMatchObject({
      type: 'Error',
      message: 'no way to rtmp://h/•••',
      stack: expect.stringMatching(/redact\.test\.ts:\d+:\d+/),
    })
  })

  it('takes time in proportion to the text, whatever stands in it', () => {
    for (const text of [
      '://'.repeat(20_000),
      'a://'.repeat(20_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(3_000),
      'token='.repeat(20_000),
      `${'ab-'.repeat(30_000)}`,
      'eyJ.'.repeat(20_000),
    ]) {
      const since = performance.now()
      expect(redactText(text).length).toBeLessThan(20_000)
      expect(performance.now() - since).toBeLessThan(5_000)
    }
  })
})

describe('the log', () => {
  it('takes secrets out of words and fields, of children too, and asks anew what is secret', () => {
    const lines: LogLine[] = []
    const log = createLog({
      part: 'test',
      isOn: () => true,
      write: (line) => void lines.push(line),
      context: () => ({ request_id: 'req_1' }),
    })
    let secrets = ['first-secret']
    const child = log.child({ stream: 'ls_1' }, () => secrets).child({ input: 'in_1' })
    child.info({ words: 'it has first-secret' }, 'and first-secret')
    secrets = ['other-secret']
    child.error(new Error('with other-secret'), 'other-secret')
    expect(JSON.stringify(lines)).not.toMatch(/first-secret|other-secret/)
    expect(lines[0]).toMatchObject({
      ...{ level: 'info', part: 'test', stream: 'ls_1', input: 'in_1', request_id: 'req_1' },
      ...{ words: 'it has •••', msg: 'and •••' },
    })
    expect(lines[1]).toMatchObject({ err: { message: 'with •••' }, msg: '•••' })
  })
})

it('leaves in a stack where in our code it was', () => {
  const stack =
    'Error: no\n    at read (file:///srv/weir/control/db/http-executor.ts:12:34)\n    at node:internal/x:1:2'
  expect(redactText(stack)).toBe(stack.replace('file://', ''))
})
