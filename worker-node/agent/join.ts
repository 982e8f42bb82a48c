import { readFile } from 'node:fs/promises'
import { type JoinRequest, joinResponse } from '#schema/contracts/worker.ts'
import { EnvironmentError } from '#schema/environment.ts'
import type { WorkerConfig } from '../config.ts'
import { postToControl } from './control-client.ts'
import { generateKeys, type Identity, loadIdentity, publicHalf, saveIdentity } from './identity.ts'

/** What a worker tells of itself when it joins. */
export type Introduction = Pick<
  JoinRequest,
  'name' | 'version' | 'origin_url' | 'rtmp_url' | 'srt_url' | 'capacity' | 'labels'
>

/** The keys of each worker that has begun to join. */
const keysOf = new WeakMap<WorkerConfig, ReturnType<typeof generateKeys>>()

/**
 * The identity of this worker: the kept one, or a new one for which the one-time join token is spent.
 * Throws with words that say what to do when there is no token or control refuses it.
 */
export async function join(config: WorkerConfig, introduction: Introduction): Promise<Identity> {
  const kept = await loadIdentity(config.stateDir)
  if (kept) return kept
  const token = config.joinToken ?? (await readFile(config.joinTokenFile, 'utf8').catch(() => '')).trim()
  if (token === '')
    throw new EnvironmentError(
      'This worker has not joined a control plane yet. Make a join token in the dashboard (Administration, Workers), then run: weir-worker join https://weir.example',
    )
  // The same again: a join that control has taken and not answered in time is then answered as it was.
  const keys = await (keysOf.get(config) ?? keysOf.set(config, generateKeys()).get(config)!)
  const request: JoinRequest = {
    ...introduction,
    signing_key: publicHalf(keys.signingKey),
    sealing_key: publicHalf(keys.sealingKey),
  }
  const answer = await postToControl(`${config.controlUrl}/worker/v1/join`, {
    bearer: token,
    body: request,
    answer: joinResponse,
  })
  const identity: Identity = {
    workerId: answer.worker_id,
    ...keys,
    jwks: answer.jwks as Identity['jwks'],
  }
  await saveIdentity(config.stateDir, identity)
  return identity
}
