import { expect, it } from 'vitest'
import { importWords } from '#control/dashboard/admin/data/import-words.ts'

const none = { created: 0, updated: 0, unchanged: 0 }

it('says what an import would do, and what it did', () => {
  const counts = {
    live_streams: { created: 2, updated: 1, unchanged: 0 },
    inputs: { ...none, created: 1 },
    users: { ...none, unchanged: 3 },
  }
  expect(importWords({ counts, dry_run: true })).toEqual([
    '2 live streams and 1 input would be added.',
    '1 live stream would be changed.',
    '3 users would stay as they are.',
  ])
  expect(importWords({ counts, dry_run: false })[0]).toBe('2 live streams and 1 input were added.')
})

it('says when there is nothing to do', () => {
  expect(importWords({ counts: { users: { ...none, unchanged: 1 } }, dry_run: true })).toContain(
    'Nothing is other than here.',
  )
})
