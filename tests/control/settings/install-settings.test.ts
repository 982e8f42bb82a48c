import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeSetting } from '#control/settings/change-setting.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Playback } from '#schema/contracts/playback.ts'
import { type InstallSettings, initialSettings } from '#schema/contracts/settings.ts'
import type { Problem } from '#schema/problem.ts'
import { assetBytes, upload, uploaded } from '#tests/support/assets.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { addStream, addWorker, claimed, publishTo, readStream } from '#tests/support/jobs.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control?.stop())

const change = async (body: unknown) => {
  const answer = await control.call('PATCH', '/v1/settings', body)
  return { status: answer.status, body: (await answer.json()) as InstallSettings & Problem }
}
const read = async () => (await (await control.call('GET', '/v1/settings')).json()) as InstallSettings
const create = async (more: object = {}) =>
  (await (await control.call('POST', '/v1/live-streams', { name: 'Lecture', ...more })).json()) as LiveStream

describe('the settings of an install', () => {
  it('are at first the usual ones', async () => {
    expect(await read()).toEqual(initialSettings)
    expect(initialSettings.copyright_profile.owner).toBe('ExpertDevUX professional development services')
    expect(initialSettings.defaults.latency_mode).toBe('tutorial')
  })

  it('stand beside what is set at the start, of which no secret is told', async () => {
    const answer = await control.call('GET', '/v1/settings/start')
    expect(await answer.json()).toEqual({
      ...{ public_url: null, cors_origins: [], rate_limit_per_minute: 6000 },
      ...{ trusted_proxy_header: null, has_metrics_token: false },
    })
  })

  it('change field by field', async () => {
    await change({ copyright_profile: { notice: ' All rights reserved. ' } })
    await change({ copyright_profile: { url: 'https://school.example/terms' }, brand: { accent: '#AA00CC' } })
    expect(await read()).toEqual({
      ...initialSettings,
      copyright_profile: {
        owner: 'ExpertDevUX professional development services',
        notice: 'All rights reserved.',
        url: 'https://school.example/terms',
      },
      brand: { ...initialSettings.brand, accent: '#aa00cc' },
    })
    await change({ copyright_profile: { owner: null, notice: null, url: null }, brand: { accent: null } })
    expect((await read()).copyright_profile).toEqual({ owner: null, notice: null, url: null })
  })

  it.each([
    [{ copyright_profile: { owner: '' } }, '/copyright_profile/owner', /null for none/],
    [{ copyright_profile: { url: 'javascript:alert(1)' } }, '/copyright_profile/url', /web address/],
    [{ copyright_profile: { url: 'https://user:pass@school.example/' } }, '/copyright_profile/url', /web address/],
    [{ copyright_profile: { notice: 'a\nb' } }, '/copyright_profile/notice', /line breaks/],
    [{ brand: { accent: 'red' } }, '/brand/accent', /colour like/],
    [{ brand: { logo_asset_id: 'ast_unknown' } }, '/brand/logo_asset_id', /no asset with this id/],
    [{ brand: { name: 'x'.repeat(61) } }, '/brand/name', /at most 60/],
    [{ defaults: { latency_mode: 'fast' } }, '/defaults/latency_mode', /one of/],
    [{ defaults: { reconnect_window: -1 } }, '/defaults/reconnect_window', /at least 0/],
    [{ unknown: {} }, '/unknown', /no such field/],
  ])('refuse %j by pointer and change nothing', async (body, pointer, words) => {
    const before = await read()
    const { status, body: problem } = await change(body)
    expect(status).toBe(422)
    expect(problem.errors).toEqual([{ pointer, detail: expect.stringMatching(words) }])
    expect(await read()).toEqual(before)
  })
})

describe('defaults', () => {
  it('hold for new streams that name nothing else, and for no stream that is there already', async () => {
    const before = await create()
    await change({ defaults: { latency_mode: 'low_latency', ladder: { preset: '480p' }, reconnect_window: 300 } })
    const wanted = { latency_mode: 'low_latency', ladder: { preset: '480p' }, reconnect_window: 300 }
    expect(await create()).toMatchObject(wanted)
    expect(await create({ latency_mode: 'high_quality', reconnect_window: 5 })).toMatchObject({
      ...{ latency_mode: 'high_quality', ladder: { preset: '480p' }, reconnect_window: 5 },
    })
    expect(await readStream(control, before)).toMatchObject({ latency_mode: 'tutorial', reconnect_window: 60 })
    await change({ defaults: initialSettings.defaults })
  })

  it('that do not go together with what a creator names are told of by pointer', async () => {
    await change({ defaults: { latency_mode: 'high_quality' } })
    const refused = await control.call('POST', '/v1/live-streams', { name: 'Lecture', packaging: { segment_s: 1 } })
    expect(refused.status).toBe(422)
    expect(((await refused.json()) as Problem).errors?.[0]?.pointer).toBe('/packaging/segment_s')
    await change({ defaults: initialSettings.defaults })
  })
})

describe('the copyright profile', () => {
  it('goes to players and, with a new revision, to the worker that runs a stream', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control)
    const job = await claimed(await publishTo(worker, stream))
    const profile = { owner: 'Example School', notice: null, url: 'https://school.example/' }
    await change({ copyright_profile: profile })
    const { revision } = await readStream(control, stream)
    expect(revision).toBe(job.revision + 1)
    const again = await claimed(await publishTo(worker, stream))
    expect(again).toMatchObject({ copyright_profile: profile, revision })
    const playback = await fetch(`${control.url}/v1/playback/${stream.playback_ids[0]?.id}`)
    expect(((await playback.json()) as Playback).copyright).toEqual(profile)
  })
})

describe('the brand', () => {
  it('is for everybody to see, with its logo, which can’t be deleted while it is one', async () => {
    const logo = await uploaded(upload(control, assetBytes('png')))
    const video = await uploaded(upload(control, assetBytes('mp4'), { type: 'video/mp4' }))
    const refused = await change({ brand: { logo_asset_id: video.id } })
    expect(refused.body.errors?.[0]?.detail).toMatch(/a logo is a picture/)
    await change({ brand: { name: 'School TV', accent: '#aa00cc', logo_asset_id: logo.id } })
    const shown = (await (await fetch(`${control.url}/brand`)).json()) as { logo_url: string }
    expect(shown).toEqual({ name: 'School TV', accent: '#aa00cc', logo_url: `/brand/logo?${logo.id}` })
    const picture = await fetch(new URL(shown.logo_url, control.url))
    expect(picture.headers.get('content-type')).toBe('image/png')
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(new Uint8Array(assetBytes('png')))
    const sheet = await (await fetch(`${control.url}/brand.css`)).text()
    expect(sheet).toContain('--accent')
    const kept = await control.call('DELETE', `/v1/assets/${logo.id}`)
    expect(kept.status).toBe(409)
    expect(((await kept.json()) as Problem).detail).toMatch(/the logo of this install/)
    await change({ brand: initialSettings.brand })
    expect((await fetch(`${control.url}/brand/logo`)).status).toBe(404)
    expect((await control.call('DELETE', `/v1/assets/${logo.id}`)).status).toBe(204)
  })
})

it('a setting that is stored as a whole loses none of several changes at once, by several processes', async () => {
  const { db } = control.runtime
  const add = (each: number) =>
    changeSetting(db, 'test', (stored): number[] => [...((stored as number[] | undefined) ?? []), each])
  await Promise.all([1, 2, 3, 4].map(add))
  expect((await add(5)).toSorted()).toEqual([1, 2, 3, 4, 5])
})
