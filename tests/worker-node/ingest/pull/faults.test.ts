import { createReadStream, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { freePort, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { descendants, isAlive, startProcess } from '#tests/support/processes.ts'
import { ffmpegPublisher } from '#tests/support/rtmp-encoders.ts'
import { startRtspServer } from '#tests/support/rtsp-server.ts'
import { listen } from '#tests/support/tcp-tap.ts'
import { type Handler, startWebServer } from '#tests/support/web-server.ts'
import { apart, whenOver } from '#tests/support/when-over.ts'
import { pull } from './pulling.ts'
import { type MediaFolder, segmentedFixture } from './segments.ts'

let media: MediaFolder
beforeAll(async () => {
  media = await segmentedFixture()
})
afterAll(() => media.remove())

/** An endless transport stream; `freeze` stops the bytes and leaves the connection open. */
function endless() {
  const whole = readFileSync(`${media.path}/whole.ts`)
  let frozen = false
  const handler: Handler = (_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp2t' })
    let at = 0
    const timer = setInterval(() => {
      if (frozen) return
      response.write(whole.subarray(at, at + 188 * 20))
      at = (at + 188 * 20) % (whole.length - (whole.length % 188))
    }, 40)
    response.once('close', () => clearInterval(timer))
  }
  return {
    handler,
    freeze: (now: boolean) => {
      frozen = now
    },
  }
}

it.concurrent(
  'an SRT address where nobody listens is said not to answer',
  apart(async () => {
    const issue = await (await pull({ urls: [`srt://127.0.0.1:${await freePort()}`] })).issue('timeout')
    expect(issue).toMatchObject({ detail: '127.0.0.1 does not answer.', fix: expect.stringContaining('firewall') })
  }),
)

describe('what an address gives that is no media', () => {
  it.concurrent.for<[string, string, Handler]>([
    ['not_found', 'a 404', (_, response) => void response.writeHead(404).end()],
    ['unauthorized', 'a 401', (_, response) => void response.writeHead(401).end()],
    ['forbidden', 'a 403', (_, response) => void response.writeHead(403).end()],
    ['server_error', 'a 503', (_, response) => void response.writeHead(503).end()],
    ['not_media', 'a web page', (_, response) => void response.end('<!DOCTYPE html><html><body>Hello</body></html>')],
    ['not_media', 'nothing', (_, response) => void response.end()],
    ['source_unreadable', 'garbage', (_, response) => void response.end(Buffer.alloc(200_000, 'garbage '))],
    [
      'source_unreadable',
      'half an MP4',
      (_, response) => void createReadStream(`${media.path}/whole.mp4`, { start: 0, end: 900 }).pipe(response),
    ],
    ['too_many_redirects', 'a circle', (_, response) => void response.writeHead(302, { location: '/a' }).end()],
    [
      'address_unsupported',
      'a redirect to a file',
      (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    ],
  ])(
    'is told as %s: %s',
    apart(async ([code, , handler]) => {
      const server = await startWebServer(null, { '/a': handler })
      const pulling = await pull({ urls: [`http://user:s3cret@127.0.0.1:${server.port}/a?token=s3cret`] })
      const issue = await pulling.issue(code)
      expect(issue.detail).toMatch(/^[A-Z0-9].*\.$/)
      expect(issue.fix).toMatch(/^[A-Z].*\.$/)
      expect(pulling.sources).toEqual([])
      expect(JSON.stringify([pulling.states, pulling.log])).not.toMatch(/s3cret|passwd/)
    }),
  )

  it.concurrent(
    'is told as unreachable and name_not_found where there is no server',
    apart(async () => {
      const port = await freePort()
      await (await pull({ urls: [`http://127.0.0.1:${port}/a`] })).issue('unreachable')
      await (await pull({ urls: [`rtmp://127.0.0.1:${port}/live/a`] })).issue('unreachable')
      await (await pull({ urls: ['rtsp://nobody.invalid/a'] })).issue('name_not_found')
    }),
  )

  it.concurrent(
    'is told as such by servers of other kinds',
    apart(async () => {
      const chatter = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n'))
      whenOver(() => void chatter.close())
      const port = await listen(chatter)
      await (await pull({ urls: [`rtmp://127.0.0.1:${port}/live/a`] })).issue('source_unreadable')
      expect((await (await pull({ urls: [`rtsp://127.0.0.1:${port}/a`] })).failed()).issue).not.toBeNull()
    }),
  )
})

describe('credentials', () => {
  it.concurrent(
    'of HTTP are given with each request, and wrong ones are told',
    apart(async () => {
      const authorization = `Basic ${Buffer.from('user:s3cret').toString('base64')}`
      const server = await startWebServer(null, {
        '/whole.ts': (request, response) => {
          if (request.headers.authorization === authorization) createReadStream(`${media.path}/whole.ts`).pipe(response)
          else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        },
      })
      const good = await pull({ urls: [`http://user:s3cret@127.0.0.1:${server.port}/whole.ts`] })
      await (await good.source()).ready
      const bad = await pull({ urls: [`http://user:wrong@127.0.0.1:${server.port}/whole.ts`] })
      await bad.issue('unauthorized')
    }),
  )

  it.concurrent(
    'of RTSP are given, and wrong ones are told',
    apart(async () => {
      const { privateHost, port } = await startRtspServer()
      const good = await pull({ urls: [`rtsp://user:secret@${privateHost}/camera`] })
      expect(await (await good.source()).ready).toMatchObject({ protocol: 'rtsp', audio: { codec: 'aac' } })
      await (await pull({ urls: [`rtsp://user:wrong@${privateHost}/camera`] })).issue('unauthorized')
      await (await pull({ urls: [`rtsp://127.0.0.1:${port}/nothing`] })).issue('not_found')
    }),
  )

  it.concurrent(
    'of SRT are given, and wrong ones are told',
    apart(async () => {
      const port = await freePort()
      const url = `srt://127.0.0.1:${port}?mode=listener&passphrase=0123456789`
      const args = [
        '-v',
        'error',
        '-re',
        '-stream_loop',
        '-1',
        '-i',
        `${media.path}/whole.ts`,
        '-c',
        'copy',
        '-f',
        'mpegts',
        url,
      ]
      const listener = startProcess('ffmpeg', args)
      whenOver(() => void listener.end('SIGKILL'))
      await (await pull({ urls: [`srt://127.0.0.1:${port}?passphrase=wrong-passphrase`] })).issue('unauthorized')
    }),
  )

  it('stand in no command line, no log and no description', async () => {
    const { handler } = endless()
    const server = await startWebServer(null, { '/s3cret/live': handler })
    const rtsp = await startRtspServer()
    const srtPort = await freePort()
    const listener = startProcess('ffmpeg', [
      '-v',
      'error',
      '-re',
      '-i',
      `${media.path}/whole.ts`,
      '-c',
      'copy',
      '-f',
      'mpegts',
      `srt://127.0.0.1:${srtPort}?mode=listener`,
    ])
    whenOver(() => void listener.end('SIGKILL'))
    const urls = [
      `http://s3cret:s3cret@127.0.0.1:${server.port}/s3cret/live?token=s3cret`,
      `${rtsp.url}/camera?token=s3cret`,
      `srt://127.0.0.1:${srtPort}?streamid=s3cret`,
    ]
    for (const url of urls) {
      const pulling = await pull({ urls: [url] })
      const source = await pulling.source()
      const readers = descendants(process.pid, 'pipe:3')
      const commands = readers.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      expect(commands.join()).toContain('-protocol_whitelist')
      const told = [commands, pulling.states, pulling.log, pulling.ends, source.describe(), source.input]
      expect(JSON.stringify(told)).not.toContain('s3cret')
      await pulling.stop()
      expect(readers.some(isAlive)).toBe(false)
    }
  })
})

describe('a source that freezes', () => {
  it.concurrent(
    'is left, and fetched again when it goes on: over HTTP, RTSP and RTMP',
    apart(async () => {
      const { handler, freeze } = endless()
      const web = await startWebServer(null, { '/live': handler })
      const rtsp = await startRtspServer()
      const nginx = await startNginxRtmp({ record: false })
      whenOver(() => nginx.close())
      const file = await flvFixture({ width: 320, height: 180 })
      const encoder = ffmpegPublisher(file, `${nginx.url}/a`, { loop: true })
      whenOver(() => encoder.kill())
      const urls = [`${web.url}/live`, `${rtsp.url}/camera`, `${nginx.url}/a`]
      const pulls = await Promise.all(urls.map((url) => pull({ urls: [url] })))
      for (const pulling of pulls) await (await pulling.source()).ready

      freeze(true)
      rtsp.process.child.kill('SIGSTOP')
      nginx.signal('SIGSTOP')
      for (const pulling of pulls) {
        expect(await (await pulling.source()).ended).toMatchObject({ reason: 'lost' })
        await pulling.issue('stalled')
      }

      freeze(false)
      rtsp.process.child.kill('SIGCONT')
      nginx.signal('SIGCONT')
      for (const pulling of pulls) {
        await (await pulling.source(1)).ready
        expect(pulling.states.at(-1)?.issue).toBeNull()
      }
    }),
  )
})

describe('a server that takes the connection and says nothing', () => {
  it.concurrent(
    'is given up in time, whatever it should speak',
    apart(async () => {
      const silent = createServer((socket) => void socket.on('error', () => {}))
      whenOver(() => void silent.close())
      const port = await listen(silent)
      const urls = [`http://127.0.0.1:${port}/a`, `rtmp://127.0.0.1:${port}/live/a`, `https://127.0.0.1:${port}/a`]
      const pulls = await Promise.all(urls.map((url) => pull({ urls: [url] })))
      for (const pulling of pulls) await pulling.issue('timeout', 15_000)
    }),
  )
})

describe('a server that is killed', () => {
  it('ten times over loses the source each time, which comes back each time', async () => {
    const { handler } = endless()
    const server = await startWebServer(null, { '/live': handler })
    const pulling = await pull({ urls: [`${server.url}/live`] }, {}, { next: () => 50 })
    for (let round = 0; round < 10; round++) {
      const source = await pulling.source(round, 60_000)
      await source.ready
      await server.kill()
      expect((await source.ended).reason).toBe('lost')
      await server.restart()
    }
    expect(descendants(process.pid, 'pipe:3').length).toBeLessThanOrEqual(1)
  })

  it.concurrent(
    'in the middle of a file breaks it, and it is not taken for whole',
    apart(async () => {
      const server = await startWebServer(null, {
        '/a.ts': (_, response) => {
          response.writeHead(200, { 'content-length': 10_000_000, 'accept-ranges': 'none' })
          response.write(readFileSync(`${media.path}/whole.ts`))
          setTimeout(() => response.destroy(), 300)
        },
      })
      const pulling = await pull({ urls: [`${server.url}/a.ts`] })
      expect((await (await pulling.source()).ended).reason).toBe('lost')
      expect((await pulling.failed()).issue).not.toBeNull()
    }),
  )
})

describe('stopping', () => {
  it('ends the source and the reader at once, in whatever state they are', async () => {
    const { handler } = endless()
    const server = await startWebServer(null, { '/live': handler, '/never': () => {} })
    const playing = await pull({ urls: [`${server.url}/live`] })
    const source = await playing.source()
    const asking = await pull({ urls: [`${server.url}/never`] })
    await eventually('it asks', () => server.asked.includes('/never'))
    const startedMs = performance.now()
    await Promise.all([playing.stop(), asking.stop()])
    expect(performance.now() - startedMs).toBeLessThan(8_000)
    expect(await source.ended).toEqual({ reason: 'ended', detail: 'The input was stopped.' })
    expect(descendants(process.pid, 'pipe:3')).toEqual([])
  })
})
