import { platformOf } from './platforms.ts'

/** What a destination is known by. */
export interface NamedDestination {
  readonly platform: string
  readonly name?: string | null | undefined
  readonly url: string
}

/**
 * What people call a destination: its name, else that of its platform, else its host. The rest of the address is left out:
 * some platforms put secrets there.
 */
export function destinationName({ platform, name, url }: NamedDestination): string {
  const known = ownServers.has(platform) ? undefined : platformOf(platform)
  return name ?? known?.name ?? URL.parse(url)?.hostname ?? 'A destination'
}

/** Their names tell nothing of where it goes. */
const ownServers: ReadonlySet<string> = new Set(['custom', 'tutorial'])
