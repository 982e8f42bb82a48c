import { type Input, type InputStatus, idleInput } from '#schema/contracts/input.ts'
import type { InputRow } from '#schema/tables/inputs.ts'
import type { ReportedInput } from '#schema/tables/live-streams.ts'

/** What an input's answer tells of the stream around it. */
export interface InputSurroundings {
  readonly pinnedInputId: string | null
  /** A worker runs the stream. */
  readonly isLeased: boolean
  /** Since when the stream has the status it has, RFC 3339. */
  readonly statusSince: string
  readonly reported: readonly ReportedInput[]
}

/** An input as the API answers it: whatever is secret in its addresses, and its token, never is in it. */
export const presentInput = (row: InputRow, surroundings: InputSurroundings): Input => ({
  id: row.id,
  type: row.type,
  name: row.name,
  priority: row.priority,
  pinned: surroundings.pinnedInputId === row.id,
  urls: row.shownUrls && [...row.shownUrls],
  loop: row.loop,
  quality: row.quality,
  has_oauth_token: row.oauthTokenSealed !== null,
  ...statusOf(row.id, surroundings),
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString(),
})

function statusOf(id: string, { reported, isLeased, statusSince }: InputSurroundings): InputStatus {
  const found = reported.find((input) => input.id === id)
  if (found) {
    const { state, state_detail, state_since, now, channel } = found
    return { state, state_detail, state_since, now, channel }
  }
  if (!isLeased) return { ...idleInput, state_since: statusSince }
  const state_detail = 'The worker that runs the stream takes it up within a few seconds.'
  return { ...idleInput, state: 'waiting', state_detail, state_since: statusSince }
}
