import type { OpenJob } from './options.ts'

/** Of jobs that were asked for: each line of a log asks. */
const found = new WeakMap<OpenJob, readonly string[]>()

/**
 * What of a job may stand in no line of a log: keys, passphrases, and of addresses what is behind the host. They are
 * looked for as they are and as they stand in an address.
 */
export function secretsOf(open: OpenJob): readonly string[] {
  const secrets = found.get(open) ?? find(open)
  found.set(open, secrets)
  return secrets
}

function find({ inputs, srtPassphrase, previousPassphrases, destinations }: OpenJob): string[] {
  const secrets = [
    srtPassphrase,
    ...(previousPassphrases?.values() ?? []),
    ...destinations.flatMap(({ streamKey, srtPassphrase: own }) => [streamKey, own ?? '']),
    ...inputs.flatMap((input) => {
      if (input.type === 'pull') return input.urls.flatMap(partsOf)
      return input.type === 'channel' ? [input.oauthToken ?? ''] : []
    }),
  ]
  return [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]))].filter(
    (secret) => secret !== '',
  )
}

/** Password, and the values of the query. Names of users are too often everyday words. */
function partsOf(address: string): string[] {
  const url = URL.parse(address)
  return url ? [url.password, ...url.searchParams.values()].filter((part) => part.length >= 6) : []
}
