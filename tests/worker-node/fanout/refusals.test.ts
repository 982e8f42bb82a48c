import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { liveFanout } from '#tests/support/fanout-feed.ts'
import { encodedMedia, type LoopingMedia } from '#tests/support/live-samples.ts'
import { freePort, type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { listen } from '#tests/support/tcp-tap.ts'

let media: LoopingMedia
let platform: NginxRtmp
beforeAll(async () => {
  media = await encodedMedia({ heights: [180] })
  platform = await startNginxRtmp({ record: false })
})
afterAll(() => platform.close())

/** Publishes there until the destination has an error, and gives its status. */
async function failureAt(url: string, streamKey: string) {
  const fanout = liveFanout(media)
  fanout.add({ id: 'd', url, streamKey, enabled: true, feedId: 'main' })
  return eventually(
    'the destination has an error',
    () => {
      const status = fanout.statuses().get('d')
      // Not as it is tried again.
      return status?.last_error && status.state !== 'starting' && status
    },
    { timeoutMs: 20_000 },
  )
}

describe('a destination that refuses', () => {
  it('says that the name is taken when somebody publishes with it already', async () => {
    const first = liveFanout(media)
    first.add({ id: 'd', url: platform.url, streamKey: 'taken', enabled: true, feedId: 'main' })
    await eventually('the first one is live', () => first.statuses().get('d')?.state === 'broadcasting')

    const second = await failureAt(platform.url, 'taken')
    expect(second).toMatchObject({ state: 'retrying', last_error: { code: 'already_live', severity: 'error' } })
    expect(second.last_error?.fix).toContain('End the other broadcast')
    expect(first.statuses().get('d')).toMatchObject({ state: 'broadcasting', sessions: 1 })
  })

  it('blames the key when the platform asks its own service and closes', async () => {
    const hook = createServer((_request, response) => response.writeHead(403).end())
    const port = await listen(hook)
    const refusing = await startNginxRtmp({ record: false, onPublish: `http://127.0.0.1:${port}/` })
    onTestFinished(async () => {
      await refusing.close()
      hook.close()
    })
    const status = await failureAt(refusing.url, 'my-secret-key')
    expect(status).toMatchObject({ state: 'errored', last_error: { code: 'rejected_stream_key' } })
    expect(status.last_error?.detail).toContain('when we gave the stream key')
    expect(JSON.stringify(status)).not.toContain('my-secret-key')
    expect(Date.parse(status.next_retry_at ?? '') - Date.now()).toBeGreaterThan(20_000)
  })

  it('blames the end of the address when there is no such application', async () => {
    const status = await failureAt(platform.url.replace('/live', '/nothing'), 'k')
    expect(status).toMatchObject({ state: 'errored', last_error: { code: 'rejected_app' } })
    expect(status.last_error?.fix).toContain('end of the address')
  })

  it('says that nothing is there', async () => {
    const status = await failureAt(`rtmp://127.0.0.1:${await freePort()}/live`, 'k')
    expect(status).toMatchObject({ state: 'retrying', last_error: { code: 'unreachable' } })
    expect(Date.parse(status.next_retry_at ?? '') - Date.now()).toBeLessThanOrEqual(1_200)
  })

  it('says that there is no such name', async () => {
    const status = await failureAt('rtmp://nothing.invalid/live', 'k')
    expect(status).toMatchObject({ state: 'retrying', last_error: { code: 'unreachable' } })
    expect(status.last_error?.detail).toContain('nothing.invalid')
  })

  it('says that what answers is not RTMP', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => {}).write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const port = await listen(server)
    onTestFinished(() => void server.close())
    expect(await failureAt(`rtmp://127.0.0.1:${port}/live`, 'k')).toMatchObject({
      state: 'retrying',
      last_error: { code: 'protocol_error' },
    })
  })
})
