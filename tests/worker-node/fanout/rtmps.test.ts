import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { liveFanout } from '#tests/support/fanout-feed.ts'
import { encodedMedia, type LoopingMedia } from '#tests/support/live-samples.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { startTlsFront, type TlsFront } from '#tests/support/tls-front.ts'

let media: LoopingMedia
let platform: NginxRtmp
let front: TlsFront
beforeAll(async () => {
  media = await encodedMedia({ heights: [180] })
  platform = await startNginxRtmp()
  front = await startTlsFront(platform.port)
})
afterAll(async () => {
  await front.close()
  await platform.close()
})

function publish(url: string, streamKey: string, ca?: string) {
  const fanout = liveFanout(media)
  fanout.add({ id: 'd', url, streamKey, caPem: ca ?? null, enabled: true, feedId: 'main' })
  return { fanout, status: () => fanout.statuses().get('d') }
}
const failure = (status: ReturnType<typeof publish>['status']) =>
  eventually('there is an error', () => status()?.last_error, { timeoutMs: 20_000 })

describe('a destination over RTMPS', () => {
  it('broadcasts to a server whose authority the destination trusts, and names the server (SNI)', async () => {
    const { fanout, status } = publish(`rtmps://localhost:${front.port}/live`, 'secure', front.ca)
    await eventually('some seconds are out', () => (status()?.bytes_sent ?? 0) > 100_000)
    await fanout.stop()
    expect(front.names).toContain('localhost')
    const [path] = await platform.recordings()
    expect(await analyseRecording(path ?? '')).toMatchObject({ nonMonotonic: 0, decodeErrors: [] })
  })

  it('trusts what its machine trusts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-ca-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'ca.pem'), front.ca)
    const module = new URL('../../../worker-node/fanout/check-destination.ts', import.meta.url).pathname
    const script = `const { checkDestination } = await import('${module}')
      const address = { url: 'rtmps://localhost:${front.port}/live', streamKey: 'k' }
      console.log(JSON.stringify(await checkDestination(address, { authorities: [] })))`
    const check = async (env: Record<string, string>) =>
      JSON.parse((await execa('node', ['--input-type=module', '-e', script], { env })).stdout)
    expect(await check({ SSL_CERT_FILE: join(folder, 'ca.pem') })).toMatchObject({ ok: true })
    expect(await check({})).toMatchObject({ ok: false, error: { code: 'tls_failed' } })
  })

  it('sends nothing to a server whose authority is unknown', async () => {
    const { status } = publish(`rtmps://localhost:${front.port}/live`, 'untrusted')
    const error = await failure(status)
    expect(error).toMatchObject({ code: 'tls_failed', severity: 'error' })
    expect(error.detail).toContain('nobody that this worker trusts')
    expect(status()).toMatchObject({ state: 'retrying', sessions: 0, bytes_sent: 0 })
    expect(await platform.log()).not.toContain('untrusted')
  })

  it('sends nothing to a server whose certificate is for another name', async () => {
    const { status } = publish(`rtmps://127.0.0.1:${front.port}/live`, 'misnamed', front.ca)
    expect((await failure(status)).detail).toContain('another name')
    expect(await platform.log()).not.toContain('misnamed')
  })

  it('sends nothing to a server whose certificate has expired', async () => {
    const expired = await startTlsFront(platform.port, { days: -1 })
    onTestFinished(() => expired.close())
    const { status } = publish(`rtmps://localhost:${expired.port}/live`, 'expired', expired.ca)
    expect(await failure(status)).toMatchObject({
      code: 'tls_failed',
      detail: expect.stringMatching(/has expired/),
      fix: expect.stringMatching(/renew/),
    })
    expect(status()).toMatchObject({ sessions: 0, bytes_sent: 0 })
  })

  it('says so when the server speaks no TLS', async () => {
    const { status } = publish(`rtmps://localhost:${platform.port}/live`, 'plain', front.ca)
    expect((await failure(status)).detail).toMatch(/encrypt|closed the connection before/)
  })
})
