import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream, addWorker, claimed, publishTo, readStream } from '../../support/jobs.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

const call = async <Answer>(method: string, path: string) => (await (await control.call(method, path)).json()) as Answer

describe('where encoders go', () => {
  it('is whole, with key and passphrase, after creation, reset and reveal only', async () => {
    const stream = await addStream(control)
    const { rtmp, srt, whip } = stream.ingest
    expect(rtmp).toEqual({ url: 'rtmp://127.0.0.1:1935/live', stream_key: stream.stream_key })
    expect(srt.passphrase).toMatch(/^\w{32}$/)
    expect(srt.url).toBe(`srt://127.0.0.1:8890?streamid=publish:${stream.stream_key}&passphrase=${srt.passphrase}`)
    expect(whip).toEqual({ url: `${control.url}/live/${stream.id}/whip`, bearer: stream.stream_key })
    expect((await readStream(control, stream)).ingest).toEqual({
      rtmp: { url: rtmp.url },
      srt: { url: 'srt://127.0.0.1:8890' },
      whip: { url: whip.url },
    })
    const post = (verb: string) => call<LiveStream>('POST', `/v1/live-streams/${stream.id}/${verb}`)
    expect((await post('reveal')).ingest).toEqual(stream.ingest)
    const reset = await post('reset-stream-key')
    expect(reset.ingest.rtmp.stream_key).not.toBe(rtmp.stream_key)
    expect(reset.ingest.srt.passphrase).not.toBe(srt.passphrase)
    expect((await post('reveal')).ingest).toEqual(reset.ingest)
  })

  it('is the worker that runs the stream', async () => {
    const worker = await addWorker(control, { srtUrl: 'srt://special:9000' })
    const stream = await addStream(control)
    await claimed(await publishTo(worker, stream))
    expect((await readStream(control, stream)).ingest.srt.url).toBe('srt://special:9000')
    const { data } = await call<{ data: { id: string; srt_url: string }[] }>('GET', '/v1/workers')
    expect(data.find(({ id }) => id === worker.id)?.srt_url).toBe('srt://special:9000')
  })
})
