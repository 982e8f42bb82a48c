import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Asset } from '#schema/contracts/asset.ts'
import { assetChunks, assets } from '#schema/tables/assets.ts'
import { assetBytes, magic, upload, uploaded } from '#tests/support/assets.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream } from '#tests/support/jobs.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control?.stop())
beforeEach(async () => {
  await control.runtime.db.batch([control.runtime.db.delete(assets), control.runtime.db.delete(assetChunks)])
})

const rows = async () => {
  const [files, chunks] = await control.runtime.db.batch([
    control.runtime.db.select().from(assets),
    control.runtime.db.select({ position: assetChunks.position }).from(assetChunks),
  ])
  return { files: files.length, chunks: chunks.length }
}
const nothing = { files: 0, chunks: 0 }
const code = async (response: Response) => ((await response.json()) as { code: string }).code

/** A body that comes without its length being known, in pieces of 100 KB. */
const streamed = (bytes: number, head: Uint8Array) => {
  let sent = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = new Uint8Array(Math.min(100_000, bytes - sent))
      if (sent === 0) piece.set(head.subarray(0, 64))
      sent += piece.byteLength
      controller.enqueue(piece)
      if (sent === bytes) controller.close()
    },
  })
}

describe('an upload', () => {
  it.each([
    ['image/png', 'png', 'image'],
    ['image/jpeg', 'jpeg', 'image'],
    ['image/webp; charset=binary', 'webp', 'image'],
    ['video/mp4', 'mp4', 'video'],
    ['video/mp4', 'quicktime', 'video'],
    ['video/quicktime', 'quicktime', 'video'],
    ['VIDEO/WebM', 'webm', 'video'],
  ] as const)('that calls itself %s and begins like %s is taken as %s', async (type, format, kind) => {
    const bytes = assetBytes(format)
    const asset = await uploaded(upload(control, bytes, { type }))
    expect(asset).toEqual({
      id: expect.stringMatching(/^ast_\w{20}$/),
      kind,
      name: 'Pause',
      content_type: type.split(';')[0]?.toLowerCase(),
      size_bytes: 1_000,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })

  it.each([0, 1, -1])('of a whole number of chunks, and %i bytes more, comes back as it was', async (more) => {
    const bytes = assetBytes('png', 2 * 256 * 1024 + more)
    const { id } = await uploaded(upload(control, bytes))
    const content = await control.call('GET', `/v1/assets/${id}/content`)
    expect(Buffer.compare(Buffer.from(await content.arrayBuffer()), bytes)).toBe(0)
    expect(content.headers.get('content-length')).toBe(String(bytes.byteLength))
  })

  it('of the largest size is taken, whether its length is said or not', async () => {
    const asset = await uploaded(upload(control, streamed(10_000_000, assetBytes('png'))))
    expect(asset.size_bytes).toBe(10_000_000)
    expect(await rows()).toEqual({ files: 1, chunks: 39 })
  })

  it.each([
    ['', 415],
    ['application/octet-stream', 415],
    ['image/svg+xml', 415],
    ['image/gif', 415],
    ['application/json', 415],
    ['multipart/form-data; boundary=x', 415],
  ])('of type “%s” is refused with %i', async (type, status) => {
    const refused = await upload(control, assetBytes('png'), { type })
    expect(refused.status).toBe(status)
    expect(await code(refused)).toBe('unsupported_media_type')
    expect(await rows()).toEqual(nothing)
  })

  it.each([
    ['image/png', 'jpeg', 'This is not a PNG picture: its first bytes are those of a JPEG picture.'],
    ['image/jpeg', 'mp4', 'This is not a JPEG picture: its first bytes are those of an MP4 or QuickTime file.'],
    ['video/mp4', 'webm', 'This is not an MP4 video: its first bytes are those of a WebM video.'],
    ['video/webm', 'matroska', 'This is not a WebM video: its first bytes say otherwise.'],
    ['video/quicktime', 'png', 'This is not a QuickTime video: its first bytes are those of a PNG picture.'],
    ['image/webp', 'animatedWebp', /^Animated WebP pictures are not understood/],
  ] as const)('that calls itself %s and is %s is refused in words', async (type, format, words) => {
    const refused = await upload(control, assetBytes(format), { type })
    expect(refused.status).toBe(422)
    expect(((await refused.json()) as { detail: string }).detail).toEqual(
      typeof words === 'string' ? words : expect.stringMatching(words),
    )
    expect(await rows()).toEqual(nothing)
  })

  it('that is empty or shorter than any format is refused', async () => {
    expect((await upload(control, new Uint8Array())).status).toBe(422)
    expect((await upload(control, new Uint8Array(magic.png.slice(0, 5)))).status).toBe(422)
    expect(await rows()).toEqual(nothing)
  })

  it('that is too large is refused, by what it says or else by what comes, and leaves nothing behind', async () => {
    const said = await upload(control, assetBytes('png', 10_000_001))
    expect([said.status, await code(said)]).toEqual([413, 'body_too_large'])
    const came = await upload(control, streamed(10_400_000, assetBytes('jpeg')), { type: 'image/jpeg' })
    expect(came.status).toBe(413)
    expect(await came.json()).toMatchObject({ detail: 'This image is too large: it may have 10 MB at most.' })
    expect(await rows()).toEqual(nothing)
  })

  it('that breaks off leaves nothing behind', async () => {
    const call = request(`${control.url}/v1/assets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${control.token}`, 'content-type': 'video/mp4', 'content-length': '3000000' },
    })
    call.on('error', () => {})
    call.write(assetBytes('mp4', 1_000_000))
    await eventually('some of it is stored', async () => (await rows()).chunks > 2)
    call.destroy()
    await eventually('all of it is gone', async () => (await rows()).files === 0)
    expect(await rows()).toEqual(nothing)
  })

  it('is not seen before it is whole, and one that was given up is cleared away by the next', async () => {
    const { db } = control.runtime
    const values = { kind: 'image', name: 'Half', contentType: 'image/png', sizeBytes: 0, sha256: '' } as const
    await db.batch([
      db.insert(assets).values({ id: 'ast_new', ...values, createdAt: new Date(), completedAt: null }),
      db.insert(assets).values({ id: 'ast_old', ...values, createdAt: new Date(0), completedAt: null }),
      db.insert(assetChunks).values({ assetId: 'ast_old', position: 0, body: new Uint8Array(3) }),
    ])
    expect(await (await control.call('GET', '/v1/assets')).json()).toEqual({ data: [], next_cursor: null })
    for (const path of ['', '/content'])
      expect((await control.call('GET', `/v1/assets/ast_new${path}`)).status).toBe(404)
    await uploaded(upload(control, assetBytes('png')))
    const left = await db.select({ id: assets.id }).from(assets).orderBy(assets.createdAt)
    expect(left.map(({ id }) => id)).toEqual(['ast_new', expect.not.stringMatching('ast_old')])
    expect(await rows()).toEqual({ files: 2, chunks: 1 })
  })

  it('is refused once all uploads together take up 2 GB', async () => {
    const asset = await uploaded(upload(control, assetBytes('png')))
    await control.runtime.db.run(sql`UPDATE assets SET size_bytes = 1999999500 WHERE id = ${asset.id}`)
    const refused = await upload(control, assetBytes('png'))
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ detail: expect.stringMatching(/Delete one that nobody uses/) })
  })

  it.each([
    ['?name=', 'at least one character'],
    [`?name=${'x'.repeat(201)}`, 'at most 200'],
    ['?name=a%0Ab', 'line breaks'],
    ['?other=1', 'no such field'],
  ])('with the query %s is refused', async (query, words) => {
    const refused = await upload(control, assetBytes('png'), { query })
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain(words)
  })

  it('needs a credential, as reading and deleting do', async () => {
    expect((await upload(control, assetBytes('png'), { token: 'wrong' })).status).toBe(401)
    const { id } = await uploaded(upload(control, assetBytes('png')))
    for (const path of ['', `/${id}`, `/${id}/content`])
      expect((await fetch(`${control.url}/v1/assets${path}`)).status).toBe(401)
    expect((await fetch(`${control.url}/worker/v1/assets/${id}`)).status).toBe(401)
    expect((await fetch(`${control.url}/v1/assets/${id}`, { method: 'DELETE' })).status).toBe(401)
    expect(await rows()).toEqual({ files: 1, chunks: 1 })
  })
})

describe('the list of uploads', () => {
  it('has the newest first, page by page', async () => {
    const made: Asset[] = []
    for (const name of ['1', '2', '3'])
      made.unshift(await uploaded(upload(control, assetBytes('png'), { query: `?name=${name}` })))
    const seen: Asset[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = (await (
        await control.call('GET', `/v1/assets?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
      ).json()) as { data: Asset[]; next_cursor: string | null }
      seen.push(...page.data)
      cursor = page.next_cursor
    }
    expect(seen.map(({ id }) => id).toSorted()).toEqual(made.map(({ id }) => id).toSorted())
    expect(new Set(seen.map(({ id }) => id)).size).toBe(3)
    expect(await (await control.call('GET', `/v1/assets/${seen[0]?.id}`)).json()).toEqual(seen[0])
  })
})

describe('the content of an upload', () => {
  const bytes = assetBytes('mp4', 600_000)
  const read = (id: string, range: string) =>
    fetch(`${control.url}/v1/assets/${id}/content`, {
      headers: { authorization: `Bearer ${control.token}`, range },
    })

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=262140-262150', 262_140, 262_151],
    ['bytes=599990-', 599_990, 600_000],
    ['bytes=-5', 599_995, 600_000],
    ['bytes=100-9999999', 100, 600_000],
  ])('can be read as the range %s', async (range, from, to) => {
    const { id } = await uploaded(upload(control, bytes, { type: 'video/mp4' }))
    const part = await read(id, range)
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/600000`)
    expect(Buffer.compare(Buffer.from(await part.arrayBuffer()), bytes.subarray(from, to))).toBe(0)
  })

  it('answers 416 to a range that is not in it, and all of it to a range that makes no sense', async () => {
    const { id } = await uploaded(upload(control, bytes, { type: 'video/mp4' }))
    const beyond = await read(id, 'bytes=600000-')
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */600000'])
    for (const range of ['bytes=1-2,5-6', 'lines=1-2', 'bytes=a-b', 'bytes=-'])
      expect((await (await read(id, range)).arrayBuffer()).byteLength).toBe(600_000)
  })

  it('runs nothing and is nobody else’s, whatever is in it', async () => {
    const { id } = await uploaded(upload(control, assetBytes('png')))
    const { headers } = await read(id, '')
    expect(headers.get('content-type')).toBe('image/png')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('cache-control')).toContain('private')
  })
})

describe('an upload that is to be deleted', () => {
  it('goes with all of its content, if nobody uses it', async () => {
    const { id } = await uploaded(upload(control, assetBytes('png', 600_000)))
    expect((await control.call('DELETE', `/v1/assets/${id}`)).status).toBe(204)
    expect(await rows()).toEqual(nothing)
    expect((await control.call('DELETE', `/v1/assets/${id}`)).status).toBe(404)
  })

  it('stays while streams or the install show it, and says who', async () => {
    const { id } = await uploaded(upload(control, assetBytes('png')))
    const slate = { type: 'image', asset_id: id } as const
    const streams = [
      await addStream(control, { name: 'Lecture 1', slate: { before: slate } }),
      await addStream(control, { name: 'Lecture 2', slate: { after: { ...slate, seconds: 3 } } }),
    ]
    await control.call('PATCH', '/v1/settings', { slate: { during: slate } })
    const refused = await control.call('DELETE', `/v1/assets/${id}`)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({
      detail:
        'It is a slate of the install, for all streams that choose none, “Lecture 1” and “Lecture 2”. Choose another one there, then delete it.',
    })
    expect(await rows()).toEqual({ files: 1, chunks: 1 })
    await control.call('PATCH', '/v1/settings', { slate: { during: null } })
    await control.call('PATCH', `/v1/live-streams/${streams[0]?.id}`, { slate: { before: null } })
    await control.call('DELETE', `/v1/live-streams/${streams[1]?.id}`)
    expect((await control.call('DELETE', `/v1/assets/${id}`)).status).toBe(204)
  })
})
