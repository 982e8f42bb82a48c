import * as v from 'valibot'
import type { Job, JobInput } from '#schema/contracts/job.ts'
import type { OpenDestination, OpenInput, OpenJob } from '../session/options.ts'

/** Opens a secret that was sealed to this worker. */
type Open = (sealed: string) => Promise<string>

/** A verified job with its secrets opened. Rejects where one was sealed to somebody else. */
export async function openJob(job: Job, open: Open): Promise<OpenJob> {
  const [inputs, srtPassphrase, previousPassphrases, destinations] = await Promise.all([
    Promise.all(job.inputs.map((input) => openInput(input, open))),
    open(job.sealed_srt_passphrase),
    openPrevious(job, open),
    Promise.all(job.destinations.map((destination) => openDestination(destination, open))),
  ])
  return { job, inputs, srtPassphrase, previousPassphrases, destinations }
}

async function openPrevious({ previous_stream_keys = [] }: Job, open: Open): Promise<ReadonlyMap<string, string>> {
  const opened = previous_stream_keys.map(async ({ digest, sealed_srt_passphrase: sealed }) =>
    sealed === null ? [] : [[digest, await open(sealed)] as const],
  )
  return new Map((await Promise.all(opened)).flat())
}

async function openDestination(
  { id, url, changed_at, sealed_stream_key, sealed_srt_passphrase, ca_pem, ...rules }: Job['destinations'][number],
  open: Open,
): Promise<OpenDestination> {
  const [streamKey, srtPassphrase] = await Promise.all([
    open(sealed_stream_key),
    sealed_srt_passphrase === null ? null : open(sealed_srt_passphrase),
  ])
  return { id, url, changedAt: changed_at, enabled: rules.enabled, streamKey, srtPassphrase, caPem: ca_pem, rules }
}

async function openInput(input: JobInput, open: Open): Promise<OpenInput> {
  if (input.type === 'pull') {
    const { sealed_urls, ...rest } = input
    return { ...rest, urls: v.parse(v.array(v.string()), JSON.parse(await open(sealed_urls))) }
  }
  if (input.type === 'channel') {
    const { sealed_oauth_token: sealed, ...rest } = input
    return { ...rest, oauthToken: sealed === null ? null : await open(sealed) }
  }
  return input
}
