import type { EnvironmentName } from '#schema/environment-variables.ts'

/** The command line says something that is not understood; the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  /** Runs with the identity that is kept, or with what the environment says. */
  | { readonly kind: 'run'; readonly settings: Settings }
  /** Joins the control plane at `controlUrl` and runs; `tokenFile`: where the join token stands, `-` for stdin. */
  | {
      readonly kind: 'join'
      readonly controlUrl: string
      readonly tokenFile: string | null
      readonly settings: Settings
    }

/** Values of environment variables that options stand for. */
export type Settings = Readonly<Partial<Record<EnvironmentName, string>>>

/** Each option and the variable that it stands for. */
export const settingOptions = {
  '--name': 'WEIR_WORKER_NAME',
  '--data-dir': 'WEIR_DATA_DIR',
  '--host': 'WEIR_HOST',
  '--public-host': 'WEIR_PUBLIC_HOST',
  '--origin-url': 'WEIR_ORIGIN_URL',
  '--rtmp-url': 'WEIR_RTMP_URL',
  '--srt-url': 'WEIR_SRT_URL',
} as const satisfies Record<`--${string}`, EnvironmentName>

/** Reads a command line without the program's name. Throws {@link UsageError}. */
export function readArguments(words: readonly string[]): Command {
  if (words.includes('--help') || words.includes('-h') || words[0] === 'help') return { kind: 'help' }
  if (words.includes('--version') || words[0] === 'version') return { kind: 'version' }
  const settings: Partial<Record<EnvironmentName, string>> = {}
  const plain: string[] = []
  let tokenFile: string | null = null
  for (let at = 0; at < words.length; at++) {
    const [option = '', ...rest] = words[at]!.split('=')
    if (!option.startsWith('-') || option === '-') {
      plain.push(words[at]!)
      continue
    }
    if (option === '--token')
      throw new UsageError(
        'A token on the command line can be read by everybody on this machine. Pipe it in, set WEIR_JOIN_TOKEN, or name a file with --token-file.',
      )
    const variable = settingOptions[option as keyof typeof settingOptions]
    if (variable === undefined && option !== '--token-file')
      throw new UsageError(`There is no option ${option}. See weir-worker --help.`)
    const value = rest.length > 0 ? rest.join('=') : words[++at]
    if (value === undefined || value === '') throw new UsageError(`${option} needs a value. See weir-worker --help.`)
    if (variable) settings[variable] = value
    else tokenFile = value
  }
  const [verb, controlUrl, ...tooMuch] = plain
  if (verb === undefined) {
    if (tokenFile !== null) throw new UsageError('--token-file is for joining: weir-worker join https://weir.example')
    return { kind: 'run', settings }
  }
  if (verb !== 'join') throw new UsageError(`There is no command "${verb}". See weir-worker --help.`)
  if (controlUrl === undefined || tooMuch.length > 0)
    throw new UsageError('Name the control plane to join, like: weir-worker join https://weir.example')
  return { kind: 'join', controlUrl: controlAddress(controlUrl), tokenFile, settings }
}

function controlAddress(text: string): string {
  const url = URL.parse(text)
  if ((url?.protocol === 'http:' || url?.protocol === 'https:') && url.href === `${url.origin}/`) return url.origin
  throw new UsageError(`"${text}" is not the address of a control plane. It looks like https://weir.example`)
}
