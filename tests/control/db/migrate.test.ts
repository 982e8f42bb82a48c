import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Executor } from '#control/db/database.ts'
import { httpExecutor } from '#control/db/http-executor.ts'
import { migrate } from '#control/db/migrate.ts'
import { openDataFolder } from '#control/node/data-folder.ts'
import { openEmbedded } from '#control/node/embedded-executor.ts'
import { destinationSecretContext, streamSecretContext } from '#control/secrets/contexts.ts'
import { createSecretBox } from '#control/secrets/secret-box.ts'
import { destinationSchema } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { openSecret } from '#schema/job-signature.ts'
import { migrations } from '#schema/migrations/migrations.gen.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addWorker, claimed, polled, publishTo, readStream } from '../../support/jobs.ts'
import { startSqld } from '../../support/sqld.ts'

const streamKey = 'the-key-that-the-encoder-has'

/** A database as the first release left it, with three live streams, one of them with a destination. */
async function fillAsFirstRelease(
  execute: Executor,
  streamKeySealed: string,
  destinationKeySealed = 'sealed',
): Promise<void> {
  await execute([{ sql: 'CREATE TABLE _migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER)', params: [] }])
  const [first] = migrations
  if (first?.tag !== '0000_first_tables') throw new Error('The first migration has another name.')
  await execute([
    { sql: 'INSERT INTO _migrations VALUES (?, 0)', params: [first.tag] },
    ...first.statements.map((sql) => ({ sql, params: [] })),
  ])
  const streams = [
    { id: 'ls_push', type: 'push', alwaysOn: 0, claimableBy: 'publish', digest: await streamKeyDigest(streamKey) },
    { id: 'ls_test', type: 'test', alwaysOn: 0, claimableBy: 'poll', digest: 'b' },
    { id: 'ls_always', type: 'push', alwaysOn: 1, claimableBy: 'poll', digest: 'c' },
  ]
  await execute(
    streams.flatMap(({ id, type, alwaysOn, claimableBy, digest }, index) => [
      {
        sql: `INSERT INTO live_streams (id, name, enabled, source_type, latency_mode, reconnect_window, always_on, ladder,
          stream_key_digest, stream_key_sealed, revision, created_at, updated_at)
          VALUES (?, ?, 1, ?, 'tutorial', 60, ?, '{"preset":"auto"}', ?, ?, 4, ?, 0)`,
        params: [id, `Stream ${id}`, type, alwaysOn, digest, streamKeySealed, 1_000 + index],
      },
      {
        sql: `INSERT INTO live_stream_states (live_stream_id, status, status_since, playable, source, renditions, issues)
          VALUES (?, 'idle', '2026-11-01T00:00:00.000Z', 0, '{"protocol":"rtmp"}', '[]', '[]')`,
        params: [id],
      },
      {
        sql: `INSERT INTO jobs (live_stream_id, state, claimable_by, fence, lease_until, priority, created_at)
          VALUES (?, 'queued', ?, 7, 0, 0, 0)`,
        params: [id, claimableBy],
      },
      { sql: "INSERT INTO playback_ids VALUES (?, ?, 'public', 0)", params: [`pb_${id}`, id] },
    ]),
  )
  await execute([
    {
      sql: `INSERT INTO workers VALUES
        ('wrk_old', 'old', '1', '{}', '{}', 'http://h', 'rtmp://old/live', '{"encode_units":1,"cpu_cores":1,"ffmpeg_version":"5.1"}', 'online', 0, 0)`,
      params: [],
    },
    {
      sql: `INSERT INTO destinations (id, live_stream_id, platform, name, url, stream_key_sealed, enabled, created_at, updated_at)
        VALUES ('dst_old', 'ls_push', 'custom', NULL, 'rtmp://old/app', ?, 1, 0, 0)`,
      params: [destinationKeySealed],
    },
    {
      sql: `INSERT INTO destination_states (destination_id, live_stream_id, status) VALUES ('dst_old', 'ls_push',
        '{"state":"idle","retries":2,"next_retry_at":null,"last_error":null,"connected_at":null,"bytes_sent":5,"bitrate_kbps":0,"dropped_ms":0,"sessions":1}')`,
      params: [],
    },
  ])
}

describe('a database of the first release', () => {
  let dataDir: string
  let control: TestControl
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'weir-migrate-'))
    const folder = await openDataFolder(dataDir)
    const secretBox = await createSecretBox(await folder.secretKey())
    const { execute, close } = await openEmbedded(folder.databaseFile)
    await fillAsFirstRelease(
      execute,
      await secretBox.seal(streamKey, streamSecretContext('ls_push')),
      await secretBox.seal('platform-key', destinationSecretContext('dst_old')),
    )
    close()
    control = await startTestControl({ dataDir })
  })
  afterAll(async () => {
    await control?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('keeps its live streams, each with one input of its former source type', async () => {
    const list = (await (await control.call('GET', '/v1/live-streams')).json()) as { data: LiveStream[] }
    const seen = list.data.map(({ id, inputs, source, revision, audio }) => ({ id, inputs, source, revision, audio }))
    const input = (type: string) =>
      expect.objectContaining({ id: expect.stringMatching(/^in_\w{20}$/), type, priority: 1 })
    const unchanged = { revision: 4, audio: { normalize: false } }
    expect(seen).toEqual([
      { id: 'ls_always', inputs: [input('push')], source: { type: 'push', now: null }, ...unchanged },
      { id: 'ls_test', inputs: [input('test')], source: { type: 'test', now: null }, ...unchanged },
      { id: 'ls_push', inputs: [input('push')], source: { type: 'push', now: null }, ...unchanged },
    ])
    const workers = (await (await control.call('GET', '/v1/workers')).json()) as { data: { srt_url: string | null }[] }
    const capacity = { encoders: [{ name: 'software', encode_units: expect.any(Number) }] }
    expect(workers.data).toMatchObject([{ srt_url: null, rtmp_url: 'rtmp://old/live', capacity }])
  })

  it('keeps destinations, which go on as they did', async () => {
    const { data } = (await (await control.call('GET', '/v1/live-streams/ls_push/destinations')).json()) as {
      data: unknown[]
    }
    const asBefore = { url: 'rtmp://old/app', enabled: true, state: 'idle', retries: 2, bytes_sent: 5, sessions: 1 }
    const usual = { profile: 'auto', start: 'with_stream', ordered: null, stop_at: null, roll_over: false }
    for (const each of data) v.parse(destinationSchema, each)
    expect(data).toMatchObject([{ id: 'dst_old', ...asBefore, ...usual, held: null, queue_ms: 0, adjustments: [] }])
  })

  it('keeps stream keys, and gives each stream one SRT passphrase when it is first needed', async () => {
    const reveal = async () =>
      (await (await control.call('POST', '/v1/live-streams/ls_push/reveal')).json()) as LiveStream
    const [one, other] = await Promise.all([reveal(), reveal()])
    expect(one).toMatchObject({
      stream_key: streamKey,
      ingest: { srt: { passphrase: expect.stringMatching(/^\w{32}$/) } },
    })
    expect(other.ingest).toEqual(one.ingest)
    const worker = await addWorker(control)
    const job = await claimed(await publishTo(worker, one))
    expect(job).toMatchObject({ fence: 8, inputs: [{ type: 'push' }] })
    expect(await openSecret(job.destinations[0]!.sealed_stream_key, worker.sealingKey)).toBe('platform-key')
    expect(await openSecret(job.sealed_srt_passphrase, worker.sealingKey)).toBe(one.ingest.srt.passphrase)
    expect((await readStream(control, one)).ingest.srt.url).toBe('srt://127.0.0.1:8890')
  })

  it('has the streams claimed as before', async () => {
    const jobs = await polled(await addWorker(control))
    expect(jobs.map(({ live_stream_id }) => live_stream_id).sort()).toEqual(['ls_always', 'ls_test'])
  })
})

it('a libSQL server takes the same steps', async () => {
  const sqld = await startSqld()
  try {
    const execute = httpExecutor({ url: sqld.url })
    await fillAsFirstRelease(execute, 'sealed')
    await migrate(execute)
    const [rows] = await execute([
      { sql: 'SELECT live_stream_id, type, priority FROM inputs ORDER BY rowid', params: [] },
    ])
    expect(rows).toEqual([
      ['ls_push', 'push', 1],
      ['ls_test', 'test', 1],
      ['ls_always', 'push', 1],
    ])
  } finally {
    await sqld.stop()
  }
})
