/** Where publishers are told to send their media. */
export interface MediaPlace {
  /** First and last UDP port that may be in use. */
  readonly ports: readonly [number, number]
  readonly addresses: readonly string[]
}

/**
 * Why a publisher whose offer was answered did not connect, with what to do, for the operator. `wasReached`: it came over
 * UDP at least.
 */
export function notConnected(wasReached: boolean, { ports: [first, last], addresses }: MediaPlace): string {
  if (wasReached)
    return 'A browser or WHIP encoder reached Weir, but its encrypted connection (DTLS) did not come about. Publish again, from another network or with another encoder if it stays.'
  const ports = first === last ? `UDP port ${first}` : `UDP ports ${first}–${last}`
  return `A browser or WHIP encoder reached Weir over HTTP but not over UDP. Open ${ports} in the firewalls between, and set WEIR_WHIP_PUBLIC_ADDRESS to the address at which it reaches this worker; it was told ${addresses.join(', ')}.`
}
