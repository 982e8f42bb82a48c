import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetPreviousKeys } from '#control/streams/stream-secrets.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream, readStream } from '../../support/jobs.ts'

let clock = new Date('2027-01-01T00:00:00Z')
const later = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1_000)
}
let control: TestControl
beforeAll(async () => {
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
afterAll(() => control.stop())

const reset = (stream: LiveStream, body?: object) =>
  control.call('POST', `/v1/live-streams/${stream.id}/reset-stream-key`, body)
const rows = async (id: string) => (await control.runtime.db.select().from(liveStreams)).find((row) => row.id === id)

describe('a new stream key', () => {
  it('replaces the old one at once, unless a grace period is asked for', async () => {
    const stream = await addStream(control)
    const answer = (await (await reset(stream)).json()) as LiveStream
    expect(answer.stream_key).not.toBe(stream.stream_key)
    expect(answer.previous_stream_key_until).toBeUndefined()
    expect((await rows(stream.id))?.previousKeyDigest).toBeNull()
  })

  it('says in answers and events until when the old one is good', async () => {
    const stream = await addStream(control)
    const until = new Date(clock.getTime() + 3_600_000).toISOString()
    expect(((await (await reset(stream, { grace_s: 3_600 })).json()) as LiveStream).previous_stream_key_until).toBe(
      until,
    )
    expect((await readStream(control, stream)).previous_stream_key_until).toBe(until)
    const events = await (await control.call('GET', `/v1/live-streams/${stream.id}/events`)).text()
    expect(events).toContain(`until ${until}`)
    later(3_600)
    expect((await readStream(control, stream)).previous_stream_key_until).toBeUndefined()
    await forgetPreviousKeys(control.runtime)
    expect(await rows(stream.id)).toMatchObject({
      previousKeyDigest: null,
      previousPassphraseSealed: null,
      previousKeyUntil: null,
    })
  })

  it('ends the grace of the one before', async () => {
    const stream = await addStream(control)
    const second = (await (await reset(stream, { grace_s: 3_600 })).json()) as LiveStream
    await reset(stream, { grace_s: 60 })
    expect((await rows(stream.id))?.previousKeyDigest).toBe(await streamKeyDigest(second.stream_key ?? ''))
    await reset(stream, { grace_s: 0 })
    expect((await readStream(control, stream)).previous_stream_key_until).toBeUndefined()
  })

  it.each([{ grace_s: -1 }, { grace_s: 7 * 24 * 3_600 + 1 }, { grace_s: 1.5 }, { grace: 5 }])(
    'is not made with %o',
    async (body) => {
      const stream = await addStream(control)
      expect((await reset(stream, body)).status).toBe(422)
    },
  )
})
