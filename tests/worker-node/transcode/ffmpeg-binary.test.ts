import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProgramFolder } from '#tests/support/programs.ts'
import { FfmpegUnusableError, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'

let programs: ProgramFolder
beforeAll(async () => {
  programs = await ProgramFolder.create()
})
afterAll(() => programs.remove())

/** A program that names itself `version` and meets everything else with `otherwise`. */
const fake = (version: string, otherwise: string) =>
  programs.script(
    'ffmpeg',
    `if [ "$2" = -version ]; then echo "ffmpeg version ${version} Copyright (c)"; exit 0; fi\n${otherwise}`,
  )

async function refusal(path: string): Promise<FfmpegUnusableError> {
  const error = await findFfmpeg(path).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(FfmpegUnusableError)
  return error as FfmpegUnusableError
}

describe('the FFmpeg of this machine', () => {
  it('is found, with its version', async () => {
    const { stdout } = await execa('ffmpeg', ['-version'])
    expect(stdout).toContain(`ffmpeg version ${(await findFfmpeg()).version} `)
  })

  it('is launched so that the kernel kills it with us, where there is setpriv', async () => {
    const { launcher } = await findFfmpeg()
    const { failed } = await execa('setpriv', ['--version'], { reject: false })
    expect(launcher).toEqual(failed ? [] : ['setpriv', '--pdeathsig', 'KILL', '--'])
  })

  it('is launched by itself where there is no setpriv', async () => {
    const { stdout: real } = await execa('which', ['ffmpeg'])
    const { stdout } = await execa(
      process.execPath,
      [
        '-e',
        `import('#worker/transcode/ffmpeg-binary.ts').then(async (it) => console.log((await it.findFfmpeg('${real}')).launcher.length))`,
      ],
      { env: { PATH: programs.path } },
    )
    expect(stdout).toBe('0')
  })
})

describe('an FFmpeg that can not be used', () => {
  it('is missing: the words name the package to install', async () => {
    const error = await refusal('/nowhere/ffmpeg')
    expect(error.code).toBe('ffmpeg_missing')
    expect(error.message).toContain('apt-get install ffmpeg')
  })

  it('is something else', async () => {
    expect((await refusal(await programs.script('ffmpeg', 'echo hello'))).code).toBe('ffmpeg_missing')
    expect((await refusal(await programs.script('ffmpeg', 'exit 3'))).code).toBe('ffmpeg_missing')
  })

  it.each(['4.4.2-0ubuntu0.22.04.1', '3.0', 'n4.2'])('is too old: %s', async (version) => {
    const error = await refusal(await fake(version, 'exit 0'))
    expect(error.code).toBe('ffmpeg_too_old')
    expect(error.message).toContain(version)
    expect(error.message).toContain('5.0')
  })

  it.each([
    ["Unknown encoder 'libx264'", 'libx264'],
    ["No such filter: 'drawtext'", 'full build'],
    ['Cannot find a valid font for the family Sans', 'fonts-dejavu-core'],
  ])('lacks what Weir needs: "%s" becomes advice', async (stderr, advice) => {
    const error = await refusal(await fake('6.1.1', `echo "${stderr}" >&2; exit 1`))
    expect(error.code).toBe('ffmpeg_incomplete')
    expect(error.message).toContain(advice)
  })
})

describe('builds whose version is no plain number', () => {
  it.each(['n7.1', '5.0', '7.1.1-1ubuntu1', 'N-109542-g5a5b2f1', 'git-2024-01-01', '2024-05-06-git-96449cfeae'])(
    '%s is tried out instead of refused',
    async (version) => {
      expect(await findFfmpeg(await fake(version, 'exit 0'))).toMatchObject({ version })
    },
  )
})
