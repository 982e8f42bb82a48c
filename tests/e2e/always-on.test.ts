import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { TestWeir } from '#tests/support/weir.ts'

let weir: TestWeir
const ladder = { preset: 'custom', renditions: [{ height: 180 }] } as const

beforeAll(async () => {
  weir = await TestWeir.start()
})
afterAll(() => weir?.close())

describe('an always-on stream', () => {
  it('with a test picture goes live, though its source is there before its slate', async () => {
    const stream = await weir.createStream({ name: 'Test picture', always_on: true, source: { type: 'test' }, ladder })
    await weir.status(stream.id, 'active')
    await weir.playable(stream)
    await weir.api('DELETE', `/v1/live-streams/${stream.id}`)
  })

  it('takes an encoder that comes while it starts, holds the slate after it, and ends once it is no longer always on', async () => {
    const stream = await weir.createStream({ name: 'Channel 1', always_on: true, reconnect_window: 0, ladder })
    const encoder = await eventually(
      'the encoder is let in',
      async () => {
        const next = await startEncoder(weir.rtmpUrl, stream.stream_key, { width: 320, height: 180 })
        await eventually(
          'it is refused or on air',
          async () => next.hasEnded() || (await weir.stream(stream.id)).status === 'active',
        )
        return next.hasEnded() ? undefined : next
      },
      { timeoutMs: 30_000 },
    )
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    await weir.api('PATCH', `/v1/live-streams/${stream.id}`, { always_on: false })
    const over = await weir.status(stream.id, 'idle')
    expect(over.status_detail).toMatch(/did not come back|encoder/i)
  })
})
