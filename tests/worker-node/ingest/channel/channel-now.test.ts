import { describe, expect, it } from 'vitest'
import { parseChannelNow } from '#worker/ingest/channel/channel-now.ts'

describe('what a channel says of itself', () => {
  it('is its title, author and category', () => {
    const metadata = { id: '1', author: 'Teacher', category: 'Science', title: 'Roots' }
    expect(parseChannelNow(JSON.stringify({ plugin: 'twitch', metadata, streams: {} }))).toEqual({
      title: 'Roots',
      author: 'Teacher',
      category: 'Science',
    })
  })

  it('has null for what is not said, and is without control characters, trimmed and bounded', () => {
    const metadata = { author: null, category: 7, title: ` a\n\u0000b${'x'.repeat(1_000)}` }
    const now = parseChannelNow(JSON.stringify({ metadata }))
    expect(now).toMatchObject({ author: null, category: null, title: expect.stringMatching(/^a bx+$/) })
    expect(now?.title).toHaveLength(300)
  })

  it.each([
    '',
    'error: no',
    '[]',
    'null',
    '7',
    '{"error": "No playable streams found on this URL"}',
    '{"metadata": null}',
    '{"metadata": {"title": "", "author": null, "category": "  "}}',
  ])('%j is nothing', (json) => {
    expect(parseChannelNow(json)).toBeNull()
  })
})
