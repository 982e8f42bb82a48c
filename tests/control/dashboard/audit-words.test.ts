import { describe, expect, it } from 'vitest'
import { auditSentence } from '#control/dashboard/words/audit-words.ts'
import type { AuditEntry } from '#schema/contracts/audit-log.ts'

const entry = (action: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  id: 'aud_1',
  at: '2027-01-01T00:00:00.000Z',
  actor: { token_id: 'tok_1', user_id: null, name: 'Anna' },
  action,
  outcome: 'done',
  target: { type: action.split('.')[0] ?? '', id: 'x_1', name: 'Show' },
  live_stream_id: null,
  before: null,
  after: null,
  detail: null,
  request_id: 'req_1',
  ...more,
})

describe('an entry of the audit log', () => {
  it.each([
    ['live_stream.create', 'Anna made the live stream “Show”.'],
    ['live_stream.reset_stream_key', 'Anna replaced the stream key of the live stream “Show”.'],
    ['session.create', 'Anna signed in.'],
    ['key.reseal', 'Anna encrypted all secrets anew.'],
    ['new_thing.shake_well', 'Anna did “shake well” to new thing “Show”.'],
  ])('%s reads: %s', (action, words) => {
    expect(auditSentence(entry(action))).toBe(words)
  })

  it('says what became of short fields, and names the others', () => {
    const before = { name: 'Old', enabled: true, limit: null, ladder: { preset: 'auto' } }
    const after = { name: 'New', enabled: false, limit: 3, ladder: { preset: 'source' } }
    expect(auditSentence(entry('live_stream.change', { before, after }))).toBe(
      'Anna changed the live stream “Show”: name from “Old” to “New”, enabled from yes to no, limit from nothing to 3, ladder.',
    )
  })

  it('that was refused says what somebody wanted', () => {
    expect(auditSentence(entry('user.delete', { outcome: 'refused', before: { a: 1 }, after: { a: 2 } }))).toBe(
      'Anna was not allowed to delete the person “Show”.',
    )
  })
})
