import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { joinFakeWorker } from '../../support/fake-worker.ts'
import { addWorker } from '../../support/jobs.ts'

let dataDir: string
let control: TestControl
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-join-'))
  control = await startTestControl({ dataDir })
})
afterEach(async () => {
  await control.stop()
  await rm(dataDir, { recursive: true, force: true })
})
const joinWith = (token: string) => joinFakeWorker((path, init) => fetch(`${control.url}${path}`, init), token)
const files = () => readdir(dataDir)

describe('the join token that lies ready for the first worker', () => {
  it('lets it join, and is gone then', async () => {
    const token = await control.joinToken()
    await joinWith(token)
    expect(await files()).not.toContain('join-token')
    await expect(joinWith(token)).rejects.toThrow('401')
  })

  it('is revoked and gone when the first worker joins with another', async () => {
    const token = await control.joinToken()
    await addWorker(control)
    expect(await files()).not.toContain('join-token')
    await expect(joinWith(token)).rejects.toThrow('401')
  })

  it('is revoked and removed by a start after a worker has joined, and not made anew', async () => {
    await addWorker(control)
    await control.stop()
    await writeFile(join(dataDir, 'join-token'), 'from an old start\n')
    control = await startTestControl({ dataDir })
    expect(await files()).not.toContain('join-token')
  })

  it('leaves invitations to others as they are', async () => {
    const { token } = (await (await control.call('POST', '/v1/join-tokens')).json()) as { token: string }
    await addWorker(control)
    await expect(joinWith(token)).resolves.toHaveProperty('id')
  })
})
