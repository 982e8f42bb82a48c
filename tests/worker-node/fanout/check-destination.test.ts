import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freeUdpPort } from '#tests/support/free-udp-port.ts'
import { ManualClock } from '#tests/support/manual-clock.ts'
import { freePort, type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { passphrase, testSrtServer } from '#tests/support/srt.ts'
import { listen } from '#tests/support/tcp-tap.ts'
import { startTlsFront, type TlsFront } from '#tests/support/tls-front.ts'
import { checkDestination } from '#worker/fanout/check-destination.ts'
import type { Clock } from '#worker/fanout/clock.ts'
import type { Address } from '#worker/fanout/target.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'

let platform: NginxRtmp
let front: TlsFront
let ffmpeg: FfmpegBinary
beforeAll(async () => {
  platform = await startNginxRtmp({ record: false })
  front = await startTlsFront(platform.port)
  ffmpeg = await findFfmpeg()
})
afterAll(async () => {
  await front.close()
  await platform.close()
})

async function check(address: Partial<Address> & { url: string }, authorities: string[] = [], clock?: Clock) {
  const options = { ffmpeg, authorities, ...(clock && { clock }) }
  const { steps, ...result } = await checkDestination({ streamKey: 'secret-key', ...address }, options)
  for (const { ms } of steps) expect(ms).toBeGreaterThanOrEqual(0)
  return { ...result, steps: steps.map(({ name }) => name) }
}

describe('the check of a destination', () => {
  it('goes as far as the answer to connect, and publishes nothing', async () => {
    expect(await check({ url: platform.url })).toEqual({
      ok: true,
      steps: ['connect', 'handshake', 'rtmp_connect'],
      error: null,
    })
    expect(await platform.log()).not.toMatch(/publish|secret-key/)
  })

  it('resolves names and sets up encryption on the way', async () => {
    const url = `rtmps://localhost:${front.port}/live`
    const steps = ['resolve', 'connect', 'tls', 'handshake', 'rtmp_connect']
    expect(await check({ url }, [front.ca])).toEqual({ ok: true, steps, error: null })
    expect(await check({ url })).toMatchObject({
      ok: false,
      steps: ['resolve', 'connect'],
      error: { code: 'tls_failed', fix: expect.stringMatching(/ca_pem/) },
    })
    const unreadable = '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----'
    expect(await check({ url }, [unreadable])).toMatchObject({
      ok: false,
      steps: [],
      error: { code: 'tls_failed', fix: expect.stringMatching(/Paste ca_pem again/) },
    })
  })

  it('says what stopped it, and what to do', async () => {
    const url = `rtmp://127.0.0.1:${await freePort()}/live`
    expect(await check({ url })).toMatchObject({ ok: false, steps: [], error: { code: 'unreachable' } })
    expect(await check({ url: platform.url.replace('/live', '/nothing') })).toMatchObject({
      ok: false,
      steps: ['connect', 'handshake'],
      error: { code: 'rejected_app', fix: expect.stringMatching(/end of the address/) },
    })
    expect(await check({ url: 'rtmp://nothing.invalid/live' })).toMatchObject({
      ok: false,
      error: { code: 'unreachable', detail: expect.stringMatching(/nothing\.invalid/) },
    })
  })

  it('gives up a server that says nothing', async () => {
    const clock = new ManualClock()
    const silent = createServer((socket) => {
      socket.on('error', () => {})
      void clock.advance(4_000)
    })
    const port = await listen(silent)
    onTestFinished(() => void silent.close())
    expect(await check({ url: `rtmp://127.0.0.1:${port}/live` }, [], clock)).toMatchObject({
      ok: false,
      error: { code: 'timeout' },
    })
  })

  it('goes as far as the handshake of SRT', async () => {
    const server = await testSrtServer()
    onTestFinished(() => server.close())
    const url = `srt://127.0.0.1:${server.port}`
    const [good, bad, nobody] = await Promise.all([
      check({ url, srtPassphrase: passphrase }),
      check({ url, srtPassphrase: 'quite another one' }),
      check({ url: `srt://127.0.0.1:${await freeUdpPort()}` }),
    ])
    expect(good).toEqual({ ok: true, steps: ['srt_handshake'], error: null })
    expect(bad).toMatchObject({ ok: false, steps: [], error: { code: 'rejected_passphrase' } })
    expect(nobody).toMatchObject({ ok: false, steps: [], error: { code: 'unreachable' } })
  })
})
