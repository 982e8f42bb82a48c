import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Destination } from '#schema/contracts/destination.ts'
import type { Problem } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { addStream } from '#tests/support/jobs.ts'

let control: TestControl
let path: string
beforeAll(async () => {
  control = await startTestControl()
  path = `/v1/live-streams/${(await addStream(control)).id}/destinations`
})
afterAll(() => control.stop())

async function add(body: object): Promise<Destination> {
  const answer = await control.call('POST', path, body)
  expect(answer.status).toBe(201)
  return (await answer.json()) as Destination
}
async function refusals(method: 'POST' | 'PATCH', at: string, body: object) {
  const answer = await control.call(method, at, body)
  expect(answer.status).toBe(422)
  return ((await answer.json()) as Problem).errors?.map(({ pointer }) => pointer)
}

describe('the address of a destination', () => {
  it('may be an SRT listener, with or without stream id and passphrase', async () => {
    const plain = await add({ url: 'srt://127.0.0.1:9000' })
    const locked = await add({ url: 'srt://127.0.0.1:9000', stream_key: 'publish:k', srt_passphrase: 'long enough' })
    expect([plain.url, locked.url]).toEqual(['srt://127.0.0.1:9000', 'srt://127.0.0.1:9000'])
    expect(JSON.stringify(locked)).not.toMatch(/publish:k|long enough/)
  })

  it('may be pasted as a whole, as another Weir shows it: its secrets are kept apart', async () => {
    const url = 'srt://127.0.0.1:8890?streamid=publish:k&passphrase=correct-horse'
    const added = await add({ platform: 'tutorial', url })
    expect(added.url).toBe('srt://127.0.0.1:8890')
    const changed = await control.call('PATCH', `${path}/${added.id}`, { url: `${url}&latency=300` })
    expect(await changed.text()).toContain('"srt://127.0.0.1:8890?latency=300"')
    expect(await (await control.call('GET', path)).text()).not.toMatch(/publish:k|correct-horse/)
  })

  it('must fit what goes with it', async () => {
    expect(await refusals('POST', path, { url: 'rtmp://127.0.0.1/live' })).toEqual(['/stream_key'])
    expect(await refusals('POST', path, { platform: 'facebook', url: 'srt://127.0.0.1:9', stream_key: 'k' })).toEqual([
      '/url',
    ])
    const locked = { url: 'rtmp://127.0.0.1/live', stream_key: 'k', srt_passphrase: 'long enough' }
    expect(await refusals('POST', path, locked)).toEqual(['/srt_passphrase'])
  })

  it('may only be changed to one that its platform takes and that its key is for', async () => {
    const { id } = await add({ platform: 'facebook', stream_key: 'k' })
    expect(await refusals('PATCH', `${path}/${id}`, { url: 'rtmp://127.0.0.1/live' })).toEqual(['/url'])
    expect((await control.call('PATCH', `${path}/${id}`, { url: 'rtmps://127.0.0.1/live' })).status).toBe(200)

    const keyless = await add({ url: 'srt://127.0.0.1:9000' })
    expect(await refusals('PATCH', `${path}/${keyless.id}`, { url: 'rtmp://127.0.0.1/live' })).toEqual(['/stream_key'])
    const both = { url: 'rtmp://127.0.0.1/live', stream_key: 'k' }
    expect((await control.call('PATCH', `${path}/${keyless.id}`, both)).status).toBe(200)
    expect(await refusals('PATCH', `${path}/${keyless.id}`, { stream_key: null })).toEqual(['/stream_key'])
  })
})
