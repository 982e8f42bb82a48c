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

/** The oldest with which all tests have passed; 5.0 does not say that a token was refused. The newest was 8.6.3. */
const oldest = [5, 2] as const

/** Finds streamlink (on PATH, unless a path is given), 5.2 or newer. Throws {@link StreamlinkUnusableError}. */
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
  const [major = 0, minor = 0] = version.split('.').map((number) => Number.parseInt(number, 10))
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    const message = `streamlink ${version} is too old: Weir needs version ${oldest.join('.')} or newer.`
    throw new StreamlinkUnusableError('streamlink_too_old', message)
  }
  return { path, version }
}
