import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AddressRules } from '#schema/address-rules.ts'
import { LogThreshold } from '#schema/log/threshold.ts'
import { eventually } from '#tests/support/eventually.ts'
import { whenOver } from '#tests/support/when-over.ts'
import type { DriverState } from '#worker/ingest/driver.ts'
import type { DialOptions } from '#worker/ingest/egress/dial.ts'
import { type Egress, startEgress } from '#worker/ingest/egress/egress.ts'
import { type PullHost, type PullOptions, startPull } from '#worker/ingest/pull/pull.ts'
import type { Source, SourceEnd } from '#worker/ingest/source.ts'
import { createLog } from '#worker/observe/log.ts'
import { findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'

/** A pull under test, and all that it told. */
export interface Pulling {
  readonly states: DriverState[]
  readonly sources: Source[]
  readonly ends: SourceEnd[]
  readonly log: string[]
  readonly egress: Egress
  /** The next source after those that were there, within `timeoutMs`. */
  source(index?: number, timeoutMs?: number): Promise<Source>
  /** The first issue with this code. */
  issue(code: string, timeoutMs?: number): Promise<NonNullable<DriverState['issue']>>
  /** The state when a try has failed. */
  failed(timeoutMs?: number): Promise<DriverState>
  stop(): Promise<void>
}

/** Loopback is allowed as an operator would allow it. Stops and cleans up when the test is over. */
export async function pull(
  options: Partial<PullOptions> & Pick<PullOptions, 'urls'>,
  dialOptions: Partial<DialOptions> = {},
  backoff?: PullHost['backoff'],
): Promise<Pulling> {
  const egress = await startEgress({ rules: new AddressRules(['127.0.0.0/8']), ...dialOptions })
  const workDir = await mkdtemp(join(tmpdir(), 'weir-pull-'))
  const states: DriverState[] = []
  const sources: Source[] = []
  const ends: SourceEnd[] = []
  const log: string[] = []
  const driver = startPull(
    { loop: false, playlist: options.urls.length > 1, ...options },
    {
      ffmpeg: await findFfmpeg(),
      log: createLog({ threshold: new LogThreshold('debug'), write: (line) => void log.push(JSON.stringify(line)) }),
      workDir,
      egress,
      ...(backoff ? { backoff } : {}),
      onState: (state) => void states.push(state),
      onSource: (source) => {
        sources.push(source)
        void source.ended.then((end) => ends.push(end))
      },
    },
  )
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await driver.stop()
    await egress.close()
    await rm(workDir, { recursive: true, force: true })
  }
  whenOver(stop)
  return {
    states,
    sources,
    ends,
    log,
    egress,
    source: (index = 0, timeoutMs = 30_000) =>
      eventually(`source ${index} is there; states: ${words(states)}`, () => sources[index], { timeoutMs }),
    issue: (code, timeoutMs = 30_000) =>
      eventually(
        `an issue ${code}`,
        () => {
          const found = states.map(({ issue }) => issue).find((issue) => issue?.code === code)
          if (!found) throw new Error(words(states))
          return found
        },
        { timeoutMs },
      ),
    failed: (timeoutMs = 30_000) =>
      eventually('it failed', () => states.find(({ state }) => state === 'failed'), { timeoutMs }),
    stop,
  }
}

const words = (states: readonly DriverState[]) => states.map(({ state, detail }) => `${state}: ${detail}`).join(' | ')
