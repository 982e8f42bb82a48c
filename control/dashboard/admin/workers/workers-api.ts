import type { CreateJoinToken, PatchWorker, WorkerAnswer } from '#schema/contracts/worker-admin.ts'
import { done, read, v1 } from '../../client.ts'

const at = (id: string) => ({ param: { id: encodeURIComponent(id) } })

/** Pages of 200 workers read at most: what one screen can still show. */
const pagesMax = 5

/** The part of the HTTP API that is about workers. Every call throws a `RequestProblem` where it fails. */
export const workersApi = {
  /** Oldest first; a thousand at most. */
  async workers(): Promise<WorkerAnswer[]> {
    const workers: WorkerAnswer[] = []
    let cursor: string | null = ''
    for (let page = 0; page < pagesMax && cursor !== null; page++) {
      const query = { limit: '200', ...(cursor !== '' && { cursor }) }
      const next: { data: WorkerAnswer[]; next_cursor: string | null } = await read(v1.workers.$get({ query }))
      workers.push(...next.data)
      cursor = next.next_cursor
    }
    return workers
  },
  /** With what runs there. */
  worker: (id: string) => read(v1.workers[':id'].$get(at(id))),
  change: (id: string, body: Partial<PatchWorker>) => read(v1.workers[':id'].$patch({ ...at(id), json: body })),
  forget: (id: string, force: boolean) =>
    done(v1.workers[':id'].$delete({ ...at(id), query: { force: force ? '1' : '0' } })),
  /** Invitations that nobody has used and that are still good, newest first. */
  invitations: async () =>
    (await read(v1['join-tokens'].$get({ query: { limit: '50' } }))).data.filter(
      ({ state, expires_at }) => state === 'unused' && expires_at !== null,
    ),
  /** The answer alone has the token. */
  invite: (body: Partial<CreateJoinToken>) => read(v1['join-tokens'].$post({ json: body })),
  withdraw: (id: string) => done(v1['join-tokens'][':id'].$delete(at(id))),
}
