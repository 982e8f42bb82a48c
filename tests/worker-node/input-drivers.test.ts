import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AddressRules } from '#schema/address-rules.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type Egress, startEgress } from '#worker/ingest/egress/egress.ts'
import { createInputDrivers } from '#worker/input-drivers.ts'
import type { OpenInput } from '#worker/session/options.ts'
import { missingFfmpeg, recordedLog } from './agent/registry-under-test.ts'

let stateDir: string
let workDir: string
let egress: Egress
beforeEach(async () => {
  // No streamlink: its configuration is written all the same, and stays until the driver is stopped.
  vi.stubEnv('PATH', '/nonexistent')
  stateDir = await mkdtemp(join(tmpdir(), 'weir-drivers-'))
  workDir = join(stateDir, 'inputs')
  egress = await startEgress({ rules: new AddressRules() })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await egress.close()
  await rm(stateDir, { recursive: true, force: true })
})

const channel = (oauthToken: string): OpenInput => ({
  ...{ id: 'in_1', type: 'channel', priority: 1 },
  ...{ url: 'https://www.twitch.tv/weir', quality: 'best', oauthToken },
})
const session = { log: recordedLog().log, onSource: () => {}, onState: () => {}, onChannel: () => {} }

/** The tokens in the configuration files that lie there now. */
async function tokens(): Promise<string[]> {
  const paths = await readdir(workDir, { recursive: true })
  const files = paths.filter((path) => path.endsWith('.conf')).map((path) => readFile(join(workDir, path), 'utf8'))
  return (await Promise.all(files)).map((text) => /OAuth (\w+)/.exec(text)?.[1] ?? text).toSorted()
}

describe('drivers of channels', () => {
  it('have a folder each: one that follows another of the same input neither reads nor removes what that one has', async () => {
    const start = await createInputDrivers({ ffmpeg: missingFfmpeg, egress, workDir })
    const before = start(channel('old'), session)
    const after = start(channel('new'), session)
    await eventually('both have their token', async () => (await tokens()).join() === 'new,old')
    await before?.stop()
    expect(await tokens()).toEqual(['new'])
    await after?.stop()
    expect(await readdir(workDir)).toEqual([])
  })

  it('that are stopped at once leave nothing behind', async () => {
    const start = await createInputDrivers({ ffmpeg: missingFfmpeg, egress, workDir })
    await start(channel('old'), session)?.stop()
    expect(await readdir(workDir)).toEqual([])
  })

  it('find none of what an earlier run left there', async () => {
    await mkdir(join(workDir, 'in_1-x'), { recursive: true })
    await writeFile(join(workDir, 'in_1-x', 'weir.conf'), 'OAuth left')
    await createInputDrivers({ ffmpeg: missingFfmpeg, egress, workDir })
    expect(await tokens()).toEqual([])
  })
})
