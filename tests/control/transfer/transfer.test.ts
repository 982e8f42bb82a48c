import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealSecrets } from '#control/transfer/seal.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { ExportDocument, ImportReport } from '#schema/contracts/transfer.ts'
import type { Problem } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { startSqld } from '../../support/sqld.ts'
import { addUser } from '../access/credentials.ts'

const passphrase = 'a pässphrase of some length'
const secretWords = ['destination-secret', 'address-secret', 'srt-secret-0']
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(300_000, 7)])

let from: TestControl
let sqld: Awaited<ReturnType<typeof startSqld>>
const started: TestControl[] = []
let stream: LiveStream

const start = async (environment = {}) => {
  const control = await startTestControl({ environment, choresEveryMs: 3_600_000 })
  started.push(control)
  return control
}
const ask = (control: TestControl, path: string, init: RequestInit = {}, words: string | null = null) =>
  fetch(`${control.url}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${control.token}`,
      ...(init.body !== undefined && { 'content-type': 'application/json' }),
      ...(words !== null && { 'weir-passphrase': encodeURIComponent(words) }),
    },
  })
const exported = async (control: TestControl, query = '', words: string | null = null) => {
  const answer = await ask(control, `/v1/export${query}`, {}, words)
  expect(answer.status).toBe(200)
  return (await answer.json()) as ExportDocument
}
const bringIn = (control: TestControl, document: object, query = '', words: string | null = null) =>
  ask(control, `/v1/import${query}`, { method: 'POST', body: JSON.stringify(document) }, words)
const report = async (answer: Response) => {
  const text = await answer.text()
  expect([answer.status, answer.status === 200 ? '' : text]).toEqual([200, ''])
  return JSON.parse(text) as ImportReport
}
const refusals = async (answer: Response) => {
  expect(answer.status).toBe(422)
  return Object.fromEntries(((await answer.json()) as Problem).errors?.map((each) => [each.pointer, each.detail]) ?? [])
}
/** What two exports of the same configuration have in common. */
const content = ({ exported_at: _, sealed_secrets: __, ...rest }: ExportDocument) => rest

beforeAll(async () => {
  ;[from, sqld] = await Promise.all([start(), startSqld()])
  const upload = await fetch(`${from.url}/v1/assets?name=Pause`, {
    ...{ method: 'POST', body: png },
    headers: { authorization: `Bearer ${from.token}`, 'content-type': 'image/png' },
  })
  const { id: asset } = (await upload.json()) as { id: string }
  const made = await from.call('POST', '/v1/live-streams', {
    name: 'Lecture',
    inputs: [
      { type: 'push' },
      { type: 'pull', url: 'https://u:address-secret@cdn.example/live/a.m3u8?t=address-secret' },
    ],
    ladder: { preset: 'custom', renditions: [{ height: 480 }] },
    slate: { during: { type: 'image', asset_id: asset } },
    always_on: true,
  })
  stream = (await made.json()) as LiveStream
  await from.call('POST', '/v1/live-streams', {
    name: 'Test',
    source: { type: 'channel', url: 'https://www.twitch.tv/weir' },
  })
  for (const destination of [
    { url: 'rtmp://127.0.0.1/app', stream_key: 'destination-secret', name: 'Ours', profile: { height: 360 } },
    { url: 'srt://127.0.0.1:9000', srt_passphrase: 'srt-secret-0' },
  ])
    expect((await from.call('POST', `/v1/live-streams/${stream.id}/destinations`, destination)).status).toBe(201)
  await from.call('POST', `/v1/live-streams/${stream.id}/inputs/${stream.inputs[1]?.id}/activate`)
  await from.call('PATCH', '/v1/settings', {
    brand: { name: 'Our streams' },
    slate: { after: { type: 'card', seconds: 5 } },
  })
  await from.call('PATCH', '/v1/log-levels', { control: 'warn' })
  await addUser(from, 'Anna', 'operator')
})
afterAll(async () => {
  for (const control of started) await control.stop()
  await sqld?.stop()
})

describe('an export', () => {
  it('has all configuration and no secret, and says which it left out', async () => {
    const document = await exported(from)
    expect(document).toMatchObject({ format: 'weir-export', version: 1, secrets: 'left_out' })
    expect(document.live_streams.map(({ name }) => name)).toEqual(['Lecture', 'Test'])
    expect(document.inputs.map(({ type }) => type)).toEqual(['push', 'pull', 'channel'])
    expect(document.inputs[2]).toMatchObject({ urls: ['https://www.twitch.tv/weir'] })
    expect(Object.keys(document.settings).sort()).toEqual(['brand', 'slate'])
    const text = JSON.stringify(document)
    for (const secret of [...secretWords, stream.stream_key ?? '-']) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/_sealed|digest/)
    expect(document.missing_secrets).toContain(`/live_streams/${stream.id}/stream_key`)
    expect(document.missing_secrets).toContain(`/inputs/${stream.inputs[1]?.id}/urls`)
    expect(document.assets[0]).not.toHaveProperty('content')
  })

  it('holds secrets only sealed, under a passphrase that is long enough', async () => {
    const short = await ask(from, '/v1/export?secrets=include', {}, 'short')
    expect(short.status).toBe(422)
    expect((await ask(from, '/v1/export?secrets=include')).status).toBe(422)
    const document = await exported(from, '?secrets=include', passphrase)
    const text = JSON.stringify(document)
    for (const secret of [...secretWords, stream.stream_key ?? '-']) expect(text).not.toContain(secret)
    expect(document).toMatchObject({ secrets: 'sealed', missing_secrets: [] })
    const told = await from.call('GET', '/v1/audit-log?action=install.export_secrets')
    expect(((await told.json()) as { data: object[] }).data).toHaveLength(1)
  })

  it('is for administrators', async () => {
    const made = await from.call('POST', '/v1/tokens', { name: 'reads', scopes: ['read', 'write'] })
    const { token } = (await made.json()) as { token: string }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    expect((await fetch(`${from.url}/v1/export`, { headers })).status).toBe(403)
    expect((await fetch(`${from.url}/v1/import`, { method: 'POST', headers, body: '{}' })).status).toBe(403)
  })
})

describe.each([
  ['an embedded file', () => ({})],
  ['a libSQL server', () => ({ WEIR_DATABASE_URL: sqld.url })],
])('an import into %s', (_, environment) => {
  let to: TestControl
  beforeAll(async () => {
    to = await start(environment())
  })

  it('says what it would do, and does nothing', async () => {
    const document = await exported(from, '?secrets=include&assets=include', passphrase)
    const said = await report(await bringIn(to, document, '?dry_run=1', passphrase))
    expect(said).toMatchObject({ dry_run: true, missing_secrets: [], warnings: [] })
    expect(said.counts.live_streams).toEqual({ created: 2, updated: 0, unchanged: 0 })
    expect((await exported(to)).live_streams).toEqual([])
  })

  it('makes the same configuration with the same secrets, and the second time changes nothing', async () => {
    const document = await exported(from, '?secrets=include&assets=include', passphrase)
    const said = await report(await bringIn(to, document, '', passphrase))
    expect(said).toMatchObject({ dry_run: false, missing_secrets: [], warnings: [] })
    const there = await exported(to, '?secrets=include&assets=include', passphrase)
    expect(content(there)).toEqual(content(document))
    const revealed = await to.call('POST', `/v1/live-streams/${stream.id}/reveal`)
    expect(((await revealed.json()) as LiveStream).ingest.rtmp.stream_key).toBe(stream.stream_key)
    expect(await (await to.call('GET', `/v1/live-streams/${stream.id}`)).json()).toMatchObject({
      ...{ name: 'Lecture', status: 'idle', status_reason: 'no_capacity' },
      inputs: [{ pinned: false }, { pinned: true }],
    })
    const again = await report(await bringIn(to, document, '', passphrase))
    expect(again.changes).toEqual([])
    const { revision } = (await (await to.call('GET', `/v1/live-streams/${stream.id}`)).json()) as LiveStream
    expect(revision).toBe(1)
  })

  it('changes what is other, keeps secrets that are here, and leaves the rest', async () => {
    const document = await exported(from)
    const [first, ...others] = document.live_streams
    const changed = {
      ...document,
      live_streams: [{ ...first, name: 'Renamed', enabled: false }, ...others],
      destinations: [],
      // Who is here keeps the role that somebody gave them: an import lets nobody up.
      users: document.users.map((user) => ({ ...user, role: 'owner' as const })),
    }
    const said = await report(await bringIn(to, changed))
    expect(said.changes).toEqual([{ section: 'live_streams', id: stream.id, name: 'Renamed', action: 'updated' }])
    expect(said.missing_secrets).toEqual([])
    const now = (await (await to.call('GET', `/v1/live-streams/${stream.id}`)).json()) as LiveStream
    expect(now).toMatchObject({ name: 'Renamed', enabled: true, revision: 2 })
    expect(now.destinations).toHaveLength(2)
    const { data } = (await (await to.call('GET', `/v1/live-streams/${stream.id}/events`)).json()) as { data: object[] }
    expect(data[0]).toMatchObject({ type: 'stream.changed', detail: 'The settings were changed by an import.' })
  })

  it('brings all of it in beside what is here, under ids and keys of its own', async () => {
    const document = await exported(from, '?secrets=include', passphrase)
    const users = document.users.map((user) => ({ ...user, role: 'owner' as const }))
    const said = await report(await bringIn(to, { ...document, users }, '?ids=new', passphrase))
    expect(said.counts.users).toEqual({ created: 0, updated: 0, unchanged: 1 })
    expect(said.counts.live_streams).toEqual({ created: 2, updated: 0, unchanged: 0 })
    const copy = said.changes.find(({ from_id }) => from_id === stream.id)
    const seen = (await (await to.call('GET', `/v1/live-streams/${copy?.id}`)).json()) as LiveStream
    expect(seen).toMatchObject({ name: 'Lecture', inputs: [{ pinned: false }, { pinned: true }] })
    expect(seen.inputs[0]?.id).not.toBe(stream.inputs[0]?.id)
    expect(seen.destinations.map(({ enabled }) => enabled)).toEqual([true, true])
    expect(said.missing_secrets.find(({ id }) => id === copy?.id)?.detail).toContain('It has a new stream key')
  })
})

describe('an import without its secrets', () => {
  it('pauses what must not run without, makes keys anew, and lists what to enter', async () => {
    const to = await start()
    const said = await report(await bringIn(to, await exported(from)))
    const seen = (await (await to.call('GET', `/v1/live-streams/${stream.id}`)).json()) as LiveStream
    expect(seen.destinations.map(({ enabled }) => enabled)).toEqual([false, false])
    expect(JSON.stringify(seen.inputs[1])).toContain('https://address-left-out.invalid/')
    expect(said.missing_secrets.map(({ section, name }) => `${section}.${name}`).sort()).toEqual([
      'destinations.srt_passphrase',
      'destinations.stream_key',
      'inputs.urls',
      'live_streams.stream_key',
      'live_streams.stream_key',
    ])
    expect(said.warnings).toEqual([expect.stringContaining('“Pause” is neither here nor in the export')])
    expect(seen.slate.during).toBeNull()
  })
})

describe('an import is refused', () => {
  const refused = async (change: (document: ExportDocument) => object, query = '', words: string | null = null) =>
    refusals(await bringIn(from, change(await exported(from, '?secrets=include', passphrase)), query, words))

  it('for another passphrase, or none', async () => {
    expect(await refused((each) => each, '', 'another passphrase')).toEqual({
      '/sealed_secrets': expect.stringContaining('not the passphrase'),
    })
    expect(await refused((each) => each)).toEqual({ '/sealed_secrets': expect.stringContaining('Weir-Passphrase') })
    expect(
      (await bringIn(from, await exported(from, '?secrets=include', passphrase), '?secrets=leave_out')).status,
    ).toBe(200)
  })

  it('for sealed secrets and uploads that are not what they say', async () => {
    const document = await exported(from, '?assets=include')
    const secrets = {
      [`/inputs/${stream.inputs[1]?.id}/urls`]: '["file:///etc/passwd"]',
      [`/inputs/${document.inputs[2]?.id}/urls`]: 'no list',
      [`/live_streams/${stream.id}/srt_passphrase`]: 'short',
    }
    const sealed_secrets = await sealSecrets(secrets, passphrase)
    expect(
      await refusals(await bringIn(from, { ...document, secrets: 'sealed', sealed_secrets }, '', passphrase)),
    ).toEqual({
      '/inputs/1/urls': expect.any(String),
      '/inputs/2/urls': expect.any(String),
      '/live_streams/0/srt_passphrase': expect.any(String),
    })
    const page = Buffer.from('<script>alert(1)</script>')
    const upload = {
      ...document.assets[0],
      ...{ id: 'ast_new', sha256: createHash('sha256').update(page).digest('hex') },
      ...{ size_bytes: page.length, content: page.toString('base64') },
    }
    expect(await refusals(await bringIn(from, { ...document, assets: [upload] }))).toEqual({
      '/assets/0/content': expect.stringContaining('is not a'),
    })
  })

  it('for what a newer Weir wrote, and what is wrong, by pointer, and nothing is changed', async () => {
    const before = content(await exported(from))
    expect(await refused((each) => ({ ...each, version: 2 }))).toEqual({
      '/version': expect.stringContaining('newer Weir'),
    })
    expect(await refused((each) => ({ ...each, playback_ids: [5] }))).toEqual({
      '/playback_ids/0': 'Must be an object.',
    })
    expect(await refused((each) => ({ ...each, satellites: [] }))).toEqual({ '/satellites': expect.any(String) })
    const wrong = await refused((each) => ({
      ...each,
      secrets: 'left_out',
      settings: { brand: { name: '' }, unheard: 1 },
      live_streams: [
        { ...each.live_streams[0], name: 'Changed', latency_mode: 'soon', colour: 'red' },
        { ...each.live_streams[1], ladder: { preset: 'mine' }, name: 'x'.repeat(200) },
      ],
      inputs: [
        { ...each.inputs[0], id: 'in/../1' },
        { ...each.inputs[1], urls: ['file:///etc/passwd'] },
        { ...each.inputs[2], quality: 'best --player sh' },
        each.inputs[2],
      ],
      destinations: [{ ...each.destinations[0], url: 'https://example.com' }],
      playback_ids: [{ ...each.playback_ids[0], policy: 'none' }],
    }))
    expect(Object.keys(wrong).sort()).toEqual([
      '/destinations/0/url',
      '/inputs/0/id',
      '/inputs/1/urls',
      '/inputs/2/quality',
      '/inputs/3/id',
      '/live_streams/0/colour',
      '/live_streams/0/latency_mode',
      '/live_streams/1/ladder/preset',
      '/live_streams/1/name',
      '/playback_ids/0/policy',
      '/settings/brand/name',
      '/settings/unheard',
    ])
    expect(
      await refused((each) => ({
        ...each,
        secrets: 'left_out',
        live_streams: [],
        inputs: [{ ...each.inputs[0], id: 'in_9', live_stream_id: 'ls_9' }],
      })),
    ).toEqual({
      '/inputs/0/live_stream_id': expect.any(String),
    })
    expect(content(await exported(from))).toEqual(before)
  })

  it('and an older one, without what came later, is not', async () => {
    const to = await start()
    const { playback_ids, live_streams, ...document } = await exported(from)
    const older = {
      ...document,
      migration: '0003_destination_profiles',
      live_streams: live_streams.map(
        ({ upscale: _, upscale_height: __, packaging: ___, encoder: ____, ...row }) => row,
      ),
      playback_ids: playback_ids.map(({ allowed_origins: _, token_keys: __, ...row }) => row),
    }
    await report(await bringIn(to, older))
    expect(await (await to.call('GET', `/v1/live-streams/${stream.id}`)).json()).toMatchObject({
      ...{ upscale: 'off', upscale_height: 1080, encoder: 'auto' },
      playback_ids: [{ allowed_origins: [], token_keys: [] }],
    })
  })
})
