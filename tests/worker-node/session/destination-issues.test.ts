import { describe, expect, it } from 'vitest'
import { type DestinationStatus, idleDestination } from '#schema/contracts/destination.ts'
import { type DestinationFailure, destinationIssue, failureAfter } from '#worker/session/destination-issues.ts'

const subject = { id: 'dst_1', name: 'My channel' }
const failed = (code: string) => ({ code, detail: 'It failed.', fix: 'Mend it.', severity: 'error' as const })
/** The issue after these statuses, one after the other. */
function issueAfter(...statuses: (readonly [DestinationStatus['state'], code?: string, retries?: number])[]) {
  let failure: DestinationFailure | undefined
  let status = idleDestination
  for (const [state, code, retries = 0] of statuses) {
    status = { ...idleDestination, state, retries, last_error: code === undefined ? null : failed(code) }
    failure = failureAfter(status, failure)
  }
  return destinationIssue(subject, status, failure)
}

describe('the issue of a destination', () => {
  it('is an error where only a person mends it, and stays while it is tried again', () => {
    const issue = {
      ...{ code: 'destination_rejected_key', severity: 'error', destination_id: 'dst_1' },
      ...{ detail: 'My channel: It failed.', fix: 'Mend it.' },
    }
    expect(issueAfter(['errored', 'rejected_stream_key'])).toEqual(issue)
    expect(issueAfter(['errored', 'rejected_stream_key'], ['starting', 'rejected_stream_key', 1])).toEqual(issue)
    expect(issueAfter(['errored', 'over_limit'])).toMatchObject({ code: 'destination_refused', severity: 'error' })
  })

  it('is a warning where it mends itself in time, and none for one loss that the next attempt makes good', () => {
    expect(issueAfter(['retrying', 'unreachable'], ['starting', 'unreachable', 1])).toBeUndefined()
    const failing = { code: 'destination_failing', severity: 'warning' }
    expect(issueAfter(['retrying', 'unreachable', 1])).toMatchObject(failing)
    expect(issueAfter(['retrying', 'unreachable', 1], ['starting', 'unreachable', 2])).toMatchObject(failing)
  })

  it('is there while it loses parts, and gone with what was wrong', () => {
    expect(issueAfter(['broadcasting', 'too_slow'])).toMatchObject({
      code: 'destination_too_slow',
      severity: 'warning',
    })
    expect(issueAfter(['errored', 'rejected'], ['starting', 'rejected', 1], ['broadcasting'])).toBeUndefined()
    expect(issueAfter(['errored', 'rejected'], ['idle'])).toBeUndefined()
  })
})
