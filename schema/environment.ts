import { type EnvironmentName, type EnvironmentVariable, environmentVariables } from './environment-variables.ts'

/** Values by name, as they stand in the environment; an empty one counts as not set. */
export type Environment = Readonly<Partial<Record<EnvironmentName, string>>>

/** Thrown for an environment that Weir can't run with; the message is one line that says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
}

/** Our variables out of `env`; an unknown one with our prefix is an {@link EnvironmentError} that names the nearest. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const known = new Map<string, EnvironmentVariable>(environmentVariables.map((variable) => [variable.name, variable]))
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('WEIR_') || value === undefined || value === '') continue
    if (!known.has(name))
      throw new EnvironmentError(
        `There is no environment variable ${name}; the nearest is ${nearestName(name)}. Correct it or unset it.`,
      )
    found[name] = value
  }
  return found
}

/** The value of `name`, or its default. Only for variables that have one. */
export function environmentValue(environment: Environment, name: EnvironmentName): string {
  const variable = environmentVariables.find((each) => each.name === name)
  const value = environment[name] ?? variable?.default
  if (value === undefined || value === null) throw new EnvironmentError(`Set ${name}: ${variable?.about}`)
  return value
}

/** The TCP port in `name`; 0 lets the system choose. */
export function environmentPort(environment: Environment, name: EnvironmentName): number {
  const text = environmentValue(environment, name)
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new EnvironmentError(`${name} is "${text}"; set it to a port number from 0 to 65535.`)
  return port
}

/** What stands in `name`, which must be one of `choices`. */
export function environmentChoice<Choice extends string>(
  environment: Environment,
  name: EnvironmentName,
  choices: readonly Choice[],
): Choice {
  const text = environmentValue(environment, name)
  const choice = choices.find((each) => each === text)
  if (choice !== undefined) return choice
  throw new EnvironmentError(`${name} is "${text}"; set it to ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`)
}

/** Whether `name` is 1; anything else than 0 and 1 is refused. */
export const environmentFlag = (environment: Environment, name: EnvironmentName): boolean =>
  environmentChoice(environment, name, ['0', '1']) === '1'

/** What Prometheus shows: `WEIR_METRICS_TOKEN`. */
export function environmentMetricsToken(environment: Environment): string | undefined {
  const token = environment.WEIR_METRICS_TOKEN
  if (token === undefined || /^[\x21-\x7e]{16,512}$/.test(token)) return token
  throw new EnvironmentError('WEIR_METRICS_TOKEN is too short, or has spaces: use 16 random characters or more.')
}

/** How much is logged: `WEIR_LOG_LEVEL`. */
export const environmentLogLevel = (environment: Environment): 'debug' | 'info' | 'warn' | 'error' =>
  environmentChoice(environment, 'WEIR_LOG_LEVEL', ['debug', 'info', 'warn', 'error'])

function nearestName(name: string): string {
  return environmentVariables
    .map((variable) => ({ name: variable.name, distance: editDistance(name, variable.name) }))
    .reduce((best, each) => (each.distance < best.distance ? each : best)).name
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
