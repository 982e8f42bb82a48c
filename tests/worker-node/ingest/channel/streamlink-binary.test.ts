import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProgramFolder } from '#tests/support/programs.ts'
import { findStreamlink, StreamlinkUnusableError } from '#worker/ingest/channel/streamlink-binary.ts'

let programs: ProgramFolder
beforeAll(async () => {
  programs = await ProgramFolder.create()
})
afterAll(() => programs.remove())

const refusal = (path: string) => findStreamlink(path).catch((error: unknown) => error as StreamlinkUnusableError)

describe('finding streamlink', () => {
  it('finds the one that is installed', async () => {
    const { path, version } = await findStreamlink()
    expect(path).toBe('streamlink')
    expect(version).toMatch(/^\d+\.\d+/)
  })

  it.each(['5.2.1', '6.0.0', '10.1.0+dev'])('takes version %s', async (version) => {
    const path = await programs.script('streamlink', `echo 'streamlink ${version}'`)
    expect(await findStreamlink(path)).toEqual({ path, version })
  })

  it.each(['5.1.2', '4.3.0', '0.14.2'])('refuses version %s as too old, and says what to do', async (version) => {
    const path = await programs.script('streamlink', `echo 'streamlink ${version}'`)
    const error = await refusal(path)
    expect(error).toBeInstanceOf(StreamlinkUnusableError)
    expect(error).toMatchObject({
      code: 'streamlink_too_old',
      message: `streamlink ${version} is too old: Weir needs version 5.2 or newer.`,
      fix: expect.stringContaining('apt-get install streamlink'),
    })
  })

  it.each([
    ['does not exist', null],
    ['fails', 'echo "ModuleNotFoundError: No module named requests" >&2; exit 1'],
    ['is something else', 'echo "something else 9.0"'],
  ])('says that it is missing when it %s', async (_, body) => {
    const path = body === null ? '/nowhere/streamlink' : await programs.script('streamlink', body)
    expect(await refusal(path)).toMatchObject({ code: 'streamlink_missing', message: expect.stringContaining(path) })
  })
})
