import { tmpdir } from 'node:os'
import { execa } from 'execa'
import { streamlinkEnvironment } from './streamlink-environment.ts'

/** A streamlink that can do what Weir needs. */
export interface StreamlinkBinary {
  readonly path: string
  /** As it names itself, e.g. `5.2.1`. */
  readonly version: string
}

/** There is no streamlink that Weir can use. `message` says what is wrong, `fix` what to do. */
export class StreamlinkUnusableError extends Error {
  override readonly name = 'StreamlinkUnusableError'
  readonly code: 'streamlink_missing' | 'streamlink_too_old'
  readonly fix = 'On Debian or Ubuntu: apt-get install streamlink. Elsewhere: pipx install streamlink'

  constructor(code: StreamlinkUnusableError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The oldest that the tests have run with. */
const oldestMajor = 5

/** Finds streamlink (on PATH, unless a path is given), 5.0 or newer. Throws {@link StreamlinkUnusableError}. */
export async function findStreamlink(
  path = 'streamlink',
  environment = streamlinkEnvironment(process.env, tmpdir()),
): Promise<StreamlinkBinary> {
  const { stdout, failed, cause } = await execa(path, ['--version'], {
    reject: false,
    timeout: 20_000,
    stdin: 'ignore',
    extendEnv: false,
    env: environment,
  })
  const version = /^streamlink (\d\S*)/m.exec(String(stdout))?.[1]
  if (failed || version === undefined) {
    const message = `Channels need the program streamlink, but '${path}' does not start.`
    throw new StreamlinkUnusableError('streamlink_missing', message, { cause })
  }
  if (Number.parseInt(version, 10) < oldestMajor) {
    const message = `streamlink ${version} is too old: Weir needs version ${oldestMajor}.0 or newer.`
    throw new StreamlinkUnusableError('streamlink_too_old', message)
  }
  return { path, version }
}
