import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getTableColumns, is, Table } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addSecretKey } from '#control/node/add-secret-key.ts'
import { sealedColumns } from '#control/secrets/reseal.ts'
import { createSecretBox, newSecretKey } from '#control/secrets/secret-box.ts'
import type { Keys } from '#schema/contracts/keys.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import * as credentials from '#schema/tables/credentials.ts'
import * as destinations from '#schema/tables/destinations.ts'
import * as idempotencyKeys from '#schema/tables/idempotency-keys.ts'
import * as inputs from '#schema/tables/inputs.ts'
import * as liveStreams from '#schema/tables/live-streams.ts'
import * as webhooks from '#schema/tables/webhooks.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream } from '../../support/jobs.ts'

const keysOf = async (control: TestControl) => (await (await control.call('GET', '/v1/keys')).json()) as Keys

describe('a secret box with several keys', () => {
  it('seals with the first and opens what any of them sealed', async () => {
    const [older, newer] = [newSecretKey(), newSecretKey()]
    const before = await (await createSecretBox(older)).seal('secret', 'place')
    const both = await createSecretBox(`${newer}\n${older}\n`)
    expect(await both.open(before, 'place')).toBe('secret')
    const after = await both.seal('secret', 'place')
    expect(await (await createSecretBox(newer)).open(after, 'place')).toBe('secret')
    await expect((await createSecretBox(older)).open(after, 'place')).rejects.toThrow('another key')
    expect((await createSecretBox(`${newer}, ${older}`)).keyIds).toEqual(both.keyIds)
  })

  it('does not start with one that is none', async () => {
    await expect(createSecretBox(`${newSecretKey()},short`)).rejects.toThrow('32 bytes')
  })
})

describe('the table of what is sealed', () => {
  it('knows every column that is sealed', () => {
    const tables = [credentials, destinations, idempotencyKeys, inputs, liveStreams, webhooks]
      .flatMap((module) => Object.values(module as object))
      .filter((each): each is Table => is(each, Table))
    const sealed = tables.flatMap((table) =>
      Object.values(getTableColumns(table))
        .filter(({ name }) => name.endsWith('_sealed'))
        .map(({ name }) => `${table[Symbol.for('drizzle:Name') as never]}.${name}`),
    )
    expect(sealed.length).toBeGreaterThan(8)
    expect(sealed.sort()).toEqual(sealedColumns.map(({ table, column }) => `${table}.${column}`).sort())
  })
})

describe('the change of the secret key', () => {
  let dataDir: string
  let control: TestControl
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'weir-keys-'))
  })
  afterEach(() => control.stop())
  afterAll(() => rm(dataDir, { recursive: true, force: true }))

  it('opens all old secrets, encrypts them anew, and says when the old key may go', async () => {
    control = await startTestControl({ dataDir })
    const stream = await addStream(control)
    const path = `/v1/live-streams/${stream.id}`
    await control.call('POST', `${path}/destinations`, { url: 'rtmp://host/app', stream_key: 'destination-key' })
    await control.call('POST', `${path}/inputs`, { type: 'pull', url: 'https://u:p@example.org/a.m3u8' })
    await fetch(`${control.url}/v1/tokens`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${control.token}`,
        'content-type': 'application/json',
        'idempotency-key': 'once',
      },
      body: '{"name":"x"}',
    })
    const [first] = (await keysOf(control)).secret_keys
    expect(first).toMatchObject({ newest: true, known: true })
    const secrets = first?.secrets ?? 0
    expect(secrets).toBeGreaterThanOrEqual(6)
    await control.stop()

    const { file, keys } = await addSecretKey(dataDir)
    expect(keys).toBe(2)
    expect((await stat(file)).mode & 0o077).toBe(0)
    control = await startTestControl({ dataDir })
    const reveal = async () =>
      ((await (await control.call('POST', `${path}/reveal`)).json()) as LiveStream & { stream_key: string }).stream_key
    expect(await reveal()).toBe((stream as LiveStream & { stream_key: string }).stream_key)
    const [newest, old] = (await keysOf(control)).secret_keys
    expect(old).toMatchObject({ id: first?.id, newest: false, known: true, secrets })
    expect(old?.detail).toContain('reseal')
    expect(newest?.secrets).toBe(0)

    const resealed = await (await control.call('POST', '/v1/keys/reseal')).json()
    expect(resealed).toMatchObject({ resealed: secrets, unreadable: 0 })
    expect((await keysOf(control)).secret_keys).toMatchObject([
      { newest: true, secrets },
      { id: first?.id, secrets: 0, detail: expect.stringContaining('may be removed') },
    ])
    expect(await (await control.call('POST', '/v1/keys/reseal')).json()).toMatchObject({ resealed: 0 })
    await control.stop()

    await writeFile(file, `${(await readFile(file, 'utf8')).split('\n')[0]}\n`)
    control = await startTestControl({ dataDir })
    expect(await reveal()).toBe((stream as LiveStream & { stream_key: string }).stream_key)
    expect((await keysOf(control)).secret_keys).toHaveLength(1)
  })

  it('says so where a key that is still needed was removed too early', async () => {
    control = await startTestControl({ dataDir })
    const { secretBox, db } = control.runtime
    const stranger = await createSecretBox(newSecretKey())
    const { id } = await addStream(control)
    await db.update(liveStreams.liveStreams).set({ srtPassphraseSealed: await stranger.seal('x', 'y') })
    const keys = (await keysOf(control)).secret_keys
    expect(keys).toContainEqual(expect.objectContaining({ id: stranger.keyIds[0], known: false }))
    expect(await (await control.call('POST', '/v1/keys/reseal')).json()).toMatchObject({
      unreadable: expect.any(Number),
    })
    expect(secretBox.keyIds).not.toContain(stranger.keyIds[0])
    expect(id).toMatch(/^ls_/)
  })

  it('needs a file that is there', async () => {
    control = await startTestControl()
    await expect(addSecretKey(join(dataDir, 'nowhere'))).rejects.toThrow('Start Weir once')
  })
})

describe('the change of the signing key', () => {
  let clock = new Date('2027-01-01T00:00:00Z')
  const later = (seconds: number) => {
    clock = new Date(clock.getTime() + seconds * 1_000)
  }
  let control: TestControl
  beforeAll(async () => {
    control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
  })
  afterAll(() => control.stop())

  const signing = async () => (await keysOf(control)).signing_keys
  const states = async () => (await signing()).map(({ state }) => state)
  const published = async () =>
    ((await (await fetch(`${control.url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }).keys

  it('publishes the new key, then signs with it, then lets the old one go', async () => {
    const old = (await control.runtime.signingKeys.current()).kid
    expect(await states()).toEqual(['signing'])
    const rotated = await control.call('POST', '/v1/keys/rotate-signing-key', { lead_s: 600, overlap_s: 3_600 })
    expect(rotated.status).toBe(201)
    expect(await states()).toEqual(['signing', 'next'])
    expect(await published()).toHaveLength(2)
    expect((await control.runtime.signingKeys.current()).kid).toBe(old)
    expect((await control.call('POST', '/v1/keys/rotate-signing-key', {})).status).toBe(409)
    later(600)
    const next = (await control.runtime.signingKeys.current()).kid
    expect(next).not.toBe(old)
    expect(await states()).toEqual(['retiring', 'signing'])
    expect((await control.runtime.signingKeys.knownAs([old]))?.kid).toBe(old)
    later(3_600)
    expect((await published()).map(({ kid }) => kid)).toEqual([next])
    expect(await control.runtime.signingKeys.knownAs([old])).toBeUndefined()
    await control.runtime.signingKeys.forget()
    expect(await control.runtime.db.$count(credentials.signingKeys)).toBe(1)
  })

  it('shows no private key, in no answer', async () => {
    const answers = [
      await (await control.call('GET', '/v1/keys')).text(),
      await (await fetch(`${control.url}/.well-known/jwks.json`)).text(),
    ]
    for (const answer of answers) expect(answer).not.toMatch(/"d"|sealed|v1\./)
  })

  it('takes a key that leaked out of use at once, but not the one that signs', async () => {
    await control.call('POST', '/v1/keys/rotate-signing-key', { lead_s: 60 })
    const [old] = await signing()
    expect((await control.call('DELETE', `/v1/keys/${old?.id}`)).status).toBe(409)
    later(60)
    expect((await control.call('DELETE', `/v1/keys/${old?.id}`)).status).toBe(204)
    expect(await states()).toEqual(['signing'])
    expect((await control.call('DELETE', `/v1/keys/${old?.id}`)).status).toBe(404)
  })

  it('keeps five keys at most', async () => {
    const answers: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      answers.push((await control.call('POST', '/v1/keys/rotate-signing-key', { lead_s: 60 })).status)
      later(60)
    }
    expect(answers).toEqual([201, 201, 201, 201, 409])
  })

  it('is the same for a sign-in: it lasts over all of this', async () => {
    const signedIn = await fetch(`${control.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: control.token }),
    })
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    for (const { id, state } of await signing())
      if (state === 'retiring') await control.call('DELETE', `/v1/keys/${id}`)
    await control.call('POST', '/v1/keys/rotate-signing-key', { lead_s: 60, overlap_s: 300 })
    later(600)
    expect((await fetch(`${control.url}/v1/live-streams`, { headers: { cookie } })).status).toBe(200)
  })
})
