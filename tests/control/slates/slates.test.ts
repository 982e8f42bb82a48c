import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Asset } from '#schema/contracts/asset.ts'
import type { SlateSettings } from '#schema/contracts/slate.ts'
import type { HeartbeatResponse } from '#schema/contracts/worker.ts'
import type { Problem } from '#schema/problem.ts'
import { assets } from '#schema/tables/assets.ts'
import { assetBytes, upload, uploaded } from '#tests/support/assets.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { type FakeWorker, reportOf } from '#tests/support/fake-worker.ts'
import { addStream, addWorker, claimed, jobIn, polled, publishTo, readStream } from '#tests/support/jobs.ts'

let control: TestControl
let worker: FakeWorker
let image: Asset
let video: Asset

beforeAll(async () => {
  control = await startTestControl()
  worker = await addWorker(control)
  image = await uploaded(upload(control, assetBytes('png')))
  video = await uploaded(upload(control, assetBytes('mp4'), { type: 'video/mp4', query: '?name=Opening' }))
})
afterAll(() => control?.stop())
beforeEach(() => changeInstall({ before: null, during: null, after: null }))

const changeInstall = async (slate: Record<string, unknown>) => {
  const changed = await control.call('PATCH', '/v1/settings', { slate })
  return { status: changed.status, body: (await changed.json()) as { slate: SlateSettings } & Problem }
}
const none: SlateSettings = { before: null, during: null, after: null }
const card = { type: 'card', text: null } as const

describe('the slates of a live stream', () => {
  it('are those of the install until some are chosen, and change one by one', async () => {
    const stream = await addStream(control)
    expect(stream).toMatchObject({ slate: none, slate_status: null })
    const path = `/v1/live-streams/${stream.id}`
    const during = { type: 'card', text: 'Back at ten' }
    await control.call('PATCH', path, { slate: { during: { type: 'card', text: '  Back at ten ' } } })
    await control.call('PATCH', path, { slate: { before: { type: 'video', asset_id: video.id } } })
    const after = { type: 'image', asset_id: image.id }
    await control.call('PATCH', path, { slate: { after, before: null }, name: 'Other' })
    const changed = await readStream(control, stream)
    expect(changed.slate).toEqual({ before: null, during, after: { ...after, seconds: 0 } })
    expect(changed.revision).toBe(4)
  })

  it.each([
    [{ during: { type: 'image', asset_id: 'ast_unknown' } }, '/slate/during/asset_id', /no asset with this id/],
    [
      { after: { type: 'image', asset_id: 'VIDEO', seconds: 5 } },
      '/slate/after/asset_id',
      /a video; use "type": "video"/,
    ],
    [{ before: { type: 'video', asset_id: 'IMAGE' } }, '/slate/before/asset_id', /an image; use "type": "image"/],
    [{ before: { type: 'video' } }, '/slate/before/asset_id', /needed/],
    [{ during: { type: 'card', text: '' } }, '/slate/during/text', /at least one character/],
    [{ during: { type: 'card', text: 'a\nb' } }, '/slate/during/text', /line breaks/],
    [{ during: { type: 'card', text: 'x'.repeat(161) } }, '/slate/during/text', /at most 160/],
    [{ during: { type: 'card', seconds: 5 } }, '/slate/during/seconds', /no such field/],
    [{ after: { type: 'card', seconds: 601 } }, '/slate/after/seconds', /at most 600/],
    [{ after: { type: 'card', seconds: -1 } }, '/slate/after/seconds', /at least 0/],
    [{ after: { type: 'card', seconds: 1.5 } }, '/slate/after/seconds', /whole number/],
    [{ during: { type: 'html' } }, '/slate/during/type', /`card`, `image` or `video`/],
    [{ while: null }, '/slate/while', /no such field/],
  ])('are refused by pointer: %j', async (slate, pointer, words) => {
    const body = JSON.parse(JSON.stringify(slate).replace('VIDEO', video.id).replace('IMAGE', image.id)) as object
    const stream = await addStream(control)
    for (const answer of [
      await control.call('PATCH', `/v1/live-streams/${stream.id}`, { slate: body }),
      await control.call('POST', '/v1/live-streams', { name: 'Lecture', slate: body }),
      await control.call('PATCH', '/v1/settings', { slate: body }),
    ]) {
      expect(answer.status).toBe(422)
      const { errors } = (await answer.json()) as Problem
      expect(errors).toEqual([{ pointer, detail: expect.stringMatching(words) }])
    }
    expect((await readStream(control, stream)).revision).toBe(1)
  })
})

describe('the slates of the install', () => {
  it('are none at first, change one by one, and are read back', async () => {
    const during = { type: 'video', asset_id: video.id }
    const after = { type: 'card', text: null, seconds: 30 }
    expect((await changeInstall({ during })).body.slate).toEqual({ ...none, during })
    expect((await changeInstall({ after: { type: 'card', seconds: 30 } })).body.slate).toEqual({
      ...none,
      during,
      after,
    })
    expect(await (await control.call('GET', '/v1/settings')).json()).toMatchObject({
      slate: { ...none, during, after },
    })
    expect((await control.call('PATCH', '/v1/settings', { other: 1 })).status).toBe(422)
    expect((await fetch(`${control.url}/v1/settings`)).status).toBe(401)
  })

  it('reach the worker of every stream that leaves a moment to them, and of no other', async () => {
    const open = await addStream(control, { slate: { during: { type: 'card' } } })
    const own = { before: { type: 'card' }, during: { type: 'card' }, after: { type: 'card' } } as const
    const closed = await addStream(control, { slate: own })
    await changeInstall({ before: { type: 'card', text: 'Soon' } })
    expect((await readStream(control, open)).revision).toBe(2)
    expect((await readStream(control, closed)).revision).toBe(1)
  })
})

describe('the job of a stream', () => {
  it('has final choices: the stream’s, else the install’s, else the card', async () => {
    await changeInstall({ during: { type: 'card', text: 'Install' }, after: { type: 'card', text: 'Bye', seconds: 7 } })
    const stream = await addStream(control, { slate: { before: { type: 'video', asset_id: video.id } } })
    const job = await claimed(await publishTo(worker, stream))
    const { id, sha256 } = video
    expect(job.slate).toEqual({
      before: { type: 'video', asset: { id, name: 'Opening', content_type: 'video/mp4', size_bytes: 1_000, sha256 } },
      during: { type: 'card', text: 'Install' },
      after: { type: 'card', text: 'Bye' },
      after_seconds: 7,
    })
    const bare = await claimed(
      await publishTo(worker, await addStream(control, { slate: { after: { type: 'card' } } })),
    )
    expect(bare.slate).toMatchObject({ before: card, after: card, after_seconds: 0 })
  })

  it('comes anew when a choice changes, with the card in the place of an upload that is gone', async () => {
    const lost = await uploaded(upload(control, assetBytes('webm'), { type: 'video/webm' }))
    const stream = await addStream(control)
    const { fence } = await claimed(await publishTo(worker, stream))
    const slate = { during: { type: 'video', asset_id: lost.id } }
    await control.call('PATCH', `/v1/live-streams/${stream.id}`, { slate })
    const { db } = control.runtime
    const kept = await db.select().from(assets)
    const next = async () => {
      const beat = await worker.beat([reportOf({ live_stream_id: stream.id, fence, revision: 1 })])
      return jobIn(((await beat.json()) as HeartbeatResponse).jobs[0] ?? '').slate.during
    }
    expect(await next()).toMatchObject({ type: 'video', asset: { id: lost.id } })
    await db.delete(assets)
    expect(await next()).toEqual(card)
    await db.insert(assets).values(kept)
  })
})

describe('a broadcast that was completed', () => {
  it('may have its closing slate cut short by switching the stream off', async () => {
    const stream = await addStream(control, { always_on: true, slate: { after: { type: 'card', seconds: 600 } } })
    const [job] = (await polled(worker)).filter(({ live_stream_id }) => live_stream_id === stream.id)
    const stops = async () => {
      const report = reportOf({ live_stream_id: stream.id, fence: job?.fence ?? 0, revision: 99 })
      return ((await (await worker.beat([report])).json()) as HeartbeatResponse).stops.map(({ reason }) => reason)
    }
    await control.call('POST', `/v1/live-streams/${stream.id}/complete`)
    expect(await stops()).toEqual(['completed'])
    await control.call('POST', `/v1/live-streams/${stream.id}/disable`)
    expect(await stops()).toEqual(['disabled_by_operator'])
    await control.call('POST', `/v1/live-streams/${stream.id}/disable`)
    expect((await readStream(control, stream)).enabled).toBe(false)
  })
})

describe('how far a worker is with the slates', () => {
  it('is in the answer while the stream runs', async () => {
    const stream = await addStream(control)
    const { fence } = await claimed(await publishTo(worker, stream))
    const during = { state: 'encoding', percent: 40, detail: null } as const
    const report = reportOf({ live_stream_id: stream.id, fence, revision: 1 }, { slate: { ...none, during } as never })
    await worker.beat([report])
    expect((await readStream(control, stream)).slate_status).toEqual({ before: null, during, after: null })
    await worker.beat([{ ...report, ended: true }])
    expect((await readStream(control, stream)).slate_status).toBeNull()
  })
})

describe('an upload that a job names', () => {
  it('is given to workers alone', async () => {
    const fetched = await worker.get(`assets/${video.id}`)
    expect((await fetched.arrayBuffer()).byteLength).toBe(1_000)
    expect((await worker.get('assets/ast_unknown')).status).toBe(404)
    expect((await control.call('GET', `/worker/v1/assets/${video.id}`)).status).toBe(401)
  })
})
