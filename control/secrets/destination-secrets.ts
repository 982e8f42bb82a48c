import type { DestinationRow } from '#schema/tables/destinations.ts'
import { destinationPassphraseContext, destinationSecretContext } from './contexts.ts'
import type { SecretBox } from './secret-box.ts'

/** What a connection to a destination needs beside its address. */
export interface DestinationSecrets {
  /** RTMP's stream name or SRT's stream id; '' where an SRT destination has none. */
  readonly streamKey: string
  readonly srtPassphrase: string | null
}

/** The secrets of a destination, in the clear. */
export async function openDestinationSecrets(
  secretBox: SecretBox,
  { id, streamKeySealed, srtPassphraseSealed }: DestinationRow,
): Promise<DestinationSecrets> {
  const [streamKey, srtPassphrase] = await Promise.all([
    secretBox.open(streamKeySealed, destinationSecretContext(id)),
    srtPassphraseSealed === null ? null : secretBox.open(srtPassphraseSealed, destinationPassphraseContext(id)),
  ])
  return { streamKey, srtPassphrase }
}
