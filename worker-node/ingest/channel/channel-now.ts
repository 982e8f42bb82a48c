import { execa } from 'execa'
import type { ChannelNow } from '#schema/contracts/input.ts'
import type { StreamlinkLaunch } from './streamlink-process.ts'

const timeoutMs = 30_000
/** A title that is longer is cut, characters. */
const maxChars = 300

/** Asks streamlink what the channel says of itself; null where it says nothing or can't be asked. */
export async function readChannelNow(
  { streamlink, launcher, environment, signal }: StreamlinkLaunch,
  args: readonly string[],
): Promise<ChannelNow | null> {
  const [program, ...words] = [...launcher, streamlink.path, ...args] as [string, ...string[]]
  const { stdout, failed } = await execa(program, words, {
    stdio: ['ignore', 'pipe', 'ignore'],
    reject: false,
    extendEnv: false,
    env: environment,
    timeout: timeoutMs,
    maxBuffer: 1024 * 1024,
    cancelSignal: signal,
    killSignal: 'SIGKILL',
  })
  return failed ? null : parseChannelNow(String(stdout))
}

/** Reads `streamlink --json`. */
export function parseChannelNow(json: string): ChannelNow | null {
  const metadata = metadataOf(json)
  if (metadata === null) return null
  const now = { title: words(metadata.title), author: words(metadata.author), category: words(metadata.category) }
  return Object.values(now).some((value) => value !== null) ? now : null
}

function metadataOf(json: string): Record<string, unknown> | null {
  try {
    const { metadata } = JSON.parse(json) as { metadata?: unknown }
    return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function words(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const clean = value
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, maxChars)
  return clean === '' ? null : clean
}
