import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { freePort, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { startProcess } from '#tests/support/processes.ts'
import { ffmpegPublisher } from '#tests/support/rtmp-encoders.ts'
import { startRtspServer } from '#tests/support/rtsp-server.ts'
import { pull } from './pulling.ts'

const small = { width: 320, height: 180, seconds: 4 }

describe('RTMP', () => {
  it('is played from a real server', async () => {
    const nginx = await startNginxRtmp({ record: false })
    onTestFinished(() => nginx.close())
    const encoder = ffmpegPublisher(await flvFixture(small), `${nginx.url}/s3cret`, { loop: true })
    onTestFinished(() => encoder.kill())
    const t = performance.now()
    const pulling = await pull({ urls: [`${nginx.url}/s3cret`] })
    const source = await pulling.source()
    console.log('rtmp first byte', performance.now() - t)
    expect(await source.ready).toMatchObject({ protocol: 'rtmp', video: { codec: 'h264', width: 320 } })
    encoder.kill('SIGTERM')
    await source.ended
    console.log(pulling.ends, pulling.states)
  })
})
describe('RTSP', () => {
  it('is played from a real server', async () => {
    const server = await startRtspServer()
    const t = performance.now()
    const pulling = await pull({ urls: [`${server.url}/camera`] })
    const source = await pulling.source()
    console.log('rtsp first byte', performance.now() - t)
    expect(await source.ready).toMatchObject({ protocol: 'rtsp', video: { codec: 'h264', width: 320 } })
    await server.process.end('SIGKILL')
    await source.ended
    await eventually('failed', () => pulling.states.at(-1)?.state === 'failed')
    console.log(pulling.ends, pulling.states)
  })
})
describe('SRT', () => {
  it('is played from a listener', async () => {
    const port = await freePort()
    const url = `srt://127.0.0.1:${port}?mode=listener&passphrase=0123456789`
    const listener = startProcess('ffmpeg', [
      '-v',
      'error',
      '-re',
      '-stream_loop',
      '-1',
      '-i',
      await flvFixture(small),
      '-c',
      'copy',
      '-f',
      'mpegts',
      url,
    ])
    onTestFinished(() => void listener.end('SIGKILL'))
    const t = performance.now()
    const pulling = await pull({ urls: [`srt://127.0.0.1:${port}?passphrase=0123456789&latency=50`] })
    const source = await pulling.source()
    console.log('srt first byte', performance.now() - t, pulling.states)
    expect(await source.ready).toMatchObject({ protocol: 'srt', video: { codec: 'h264', width: 320 } })
    await listener.end('SIGKILL')
    await source.ended
    await eventually('failed', () => pulling.states.at(-1)?.state === 'failed')
    console.log(pulling.ends, pulling.states)
  })
})
