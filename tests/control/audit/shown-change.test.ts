import { describe, expect, it } from 'vitest'
import { shownChange } from '#control/audit/shown-change.ts'

describe('the two sides of a change', () => {
  it('are what differs, and not what changes by itself', () => {
    const before = { id: 'ls_1', name: 'Old', revision: 1, status: 'idle', audio: { normalize: false } }
    const after = { id: 'ls_1', name: 'New', revision: 2, status: 'active', audio: { normalize: false } }
    expect(shownChange(before, after)).toEqual({ before: { name: 'Old' }, after: { name: 'New' } })
  })

  it('are all of it where something is made or deleted', () => {
    expect(shownChange(null, { id: 'dst_1', name: 'New' })).toEqual({
      before: null,
      after: { id: 'dst_1', name: 'New' },
    })
    expect(shownChange({ id: 'dst_1' }, null)).toEqual({ before: { id: 'dst_1' }, after: null })
  })

  it('hold no secret, should an answer ever have one', () => {
    const secret = 'do-not-tell'
    const { after } = shownChange(null, {
      stream_key: secret,
      token: secret,
      deep: [{ srt_passphrase: secret, url: `rtmp://user:${secret}@host/app` }],
      signing_secret: secret,
      has_token: true,
    })
    expect(JSON.stringify(after)).not.toContain(secret)
    expect(after).toMatchObject({ stream_key: '•••', has_token: true, deep: [{ url: 'rtmp://•••@host/app' }] })
  })

  it('are bounded, and say which fields were too long', () => {
    const { after } = shownChange(null, {
      name: 'kept',
      ladder: 'x'.repeat(100_000),
      more: Array(500).fill('y'.repeat(99)),
    })
    expect(JSON.stringify(after).length).toBeLessThan(8_000)
    expect(after).toMatchObject({ name: 'kept', ladder: '… (too long to keep)' })
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`field_${at}`, 'z'.repeat(400)]))
    expect(JSON.stringify(shownChange(null, wide).after).length).toBeLessThan(20_000)
  })
})
