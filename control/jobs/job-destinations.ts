import type { Job } from '#schema/contracts/job.ts'
import type { DestinationRow } from '#schema/tables/destinations.ts'
import { openDestinationSecrets } from '../secrets/destination-secrets.ts'
import type { SecretBox } from '../secrets/secret-box.ts'

/** A destination as its job has it; `seal` makes a secret readable for the one worker that the job is for. */
export async function jobDestination(
  secretBox: SecretBox,
  seal: (secret: string) => Promise<string>,
  row: DestinationRow,
): Promise<Job['destinations'][number]> {
  const { id, platform, name, url, profile, enabled, start, ordered } = row
  const { streamKey, srtPassphrase } = await openDestinationSecrets(secretBox, row)
  return {
    ...{ id, platform, ...(name !== null && { name }), url, profile, enabled, start, ordered },
    ordered_at: row.orderedAt?.toISOString() ?? null,
    changed_at: row.updatedAt.toISOString(),
    sealed_stream_key: await seal(streamKey),
    ...(row.overAt && { over_at: row.overAt.toISOString() }),
    stop_at: row.stopAt?.toISOString() ?? null,
    max_duration_s: row.maxDurationS,
    roll_over: row.rollOver,
    ca_pem: row.caPem,
    sealed_srt_passphrase: srtPassphrase === null ? null : await seal(srtPassphrase),
  }
}
