import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { KeptLogLine } from '#schema/contracts/log.ts'
import type { LogLevelSettings, PatchLogLevels } from '#schema/contracts/log-levels.ts'
import type { LogLevel } from '#schema/log/line.ts'
import { jsonRequest } from './json-request.ts'

/** Which lines are wanted; '' is any. */
export interface LogChoice {
  readonly level: LogLevel | ''
  readonly part: string
  readonly text: string
}

interface LogPage {
  readonly data: KeptLogLine[]
  readonly next_cursor: string | null
}

/** The address of a stream's log, with what is chosen and `more`. */
export function logAddress(
  id: string,
  { level, part, text }: LogChoice,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    ...(level !== '' && { level }),
    ...(part !== '' && { part }),
    ...(text.trim() !== '' && { text: text.trim() }),
    ...more,
  })
  return `/v1/live-streams/${encodeURIComponent(id)}/logs?${query}`
}

export const readLines = (id: string, choice: LogChoice, cursor: string | null): Promise<LogPage> =>
  jsonRequest(logAddress(id, choice, { limit: '200', ...(cursor !== null && { cursor }) }))

export const readStream = (id: string): Promise<LiveStream> => jsonRequest(`/v1/live-streams/${encodeURIComponent(id)}`)

export const readLevels = (): Promise<LogLevelSettings> => jsonRequest('/v1/log-levels')

export const changeLevels = (change: PatchLogLevels): Promise<LogLevelSettings> =>
  jsonRequest('/v1/log-levels', { method: 'PATCH', body: JSON.stringify(change) })
