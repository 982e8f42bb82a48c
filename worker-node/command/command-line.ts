import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { environmentValue, readEnvironment } from '#schema/environment.ts'
import { ControlRefusal } from '../agent/control-client.ts'
import { version } from '../version.ts'
import { readArguments } from './arguments.ts'
import { helpText } from './help.ts'
import { readJoinToken } from './join-token.ts'
import { type Kept, keep, readKept } from './kept-settings.ts'
import { inUrl, isPrivate, reachControl } from './reach-control.ts'
import { ownStateFolder } from './state-folder.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * What the process is to run with: the environment, completed by options and by what was kept when the worker joined.
 * Undefined: everything is said. Throws an Error in words.
 */
export async function readCommandLine(words: readonly string[], env: Env): Promise<Env | undefined> {
  const command = readArguments(words)
  if (command.kind === 'help' || command.kind === 'version') {
    process.stdout.write(command.kind === 'help' ? helpText : `${version}\n`)
    return undefined
  }
  const given = { ...env, ...command.settings }
  const worker = await ownStateFolder(resolve(environmentValue(readEnvironment(given), 'WEIR_DATA_DIR')))
  const files = { kept: join(worker, 'joined.json'), identity: join(worker, 'identity.json') }
  const kept = await readKept(files.kept)
  if (command.kind === 'run') return kept ? { ...(await settingsOf(kept, files.kept)), ...given } : given
  if (existsSync(files.identity)) {
    const present = kept?.settings.WEIR_CONTROL_URL
    if (kept && present === command.controlUrl) return { ...(await settingsOf(kept, files.kept)), ...given }
    throw new ControlRefusal(409, {
      detail: `The worker in ${worker} belongs to ${present ?? 'another control plane'} already. Take another --data-dir, or remove that folder.`,
    })
  }
  const token = await readJoinToken({
    file: command.tokenFile,
    environment: env.WEIR_JOIN_TOKEN,
    stdin: process.stdin,
  })
  const address = await addressFor(command.controlUrl)
  const joined: Kept = { settings: { ...command.settings, WEIR_CONTROL_URL: command.controlUrl }, address }
  await keep(files.kept, joined)
  return { ...environmentOf(joined), ...given, WEIR_CONTROL_URL: command.controlUrl, WEIR_JOIN_TOKEN: token }
}

/** Our address may be another by now; while control is away it is taken for the same. */
async function settingsOf(kept: Kept, file: string): Promise<Env> {
  const { WEIR_CONTROL_URL: controlUrl, WEIR_PUBLIC_HOST: told } = kept.settings
  if (kept.address === null || told !== undefined || controlUrl === undefined) return environmentOf(kept)
  const address = await reachControl(controlUrl).then(
    ({ localAddress }) => localAddress,
    () => kept.address,
  )
  const now = { ...kept, address }
  if (address !== kept.address) await keep(file, now)
  return environmentOf(now)
}

/** A control plane on another machine must reach us: we listen everywhere, and go by our address on the way there. */
const environmentOf = ({ settings, address }: Kept): Env => ({
  ...(address !== null && { WEIR_HOST: '0.0.0.0', WEIR_PUBLIC_HOST: inUrl(address) }),
  ...settings,
})

/** Ours on the way to a control plane elsewhere; null: it is on this machine. */
async function addressFor(controlUrl: string): Promise<string | null> {
  const { localAddress, isHere } = await reachControl(controlUrl)
  if (isHere) return null
  if (isPrivate(localAddress) && !isPrivate(new URL(controlUrl).hostname))
    process.stderr.write(
      `This machine's address, ${localAddress}, is one of a private network. If the control plane is not in it, forward the ports and give --public-host: see weir-worker --help.\n`,
    )
  return localAddress
}
