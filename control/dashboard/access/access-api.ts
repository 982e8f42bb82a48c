import type { CreateInvitation, CreateToken, PatchUser } from '#schema/contracts/access.ts'
import type { AuditEntry } from '#schema/contracts/audit-log.ts'
import { done, read, v1 } from '../client.ts'

const at = (id: string) => ({ param: { id: encodeURIComponent(id) } })

/** Entries of the audit log on one page. */
const entriesShown = 50

interface AuditPage {
  readonly data: AuditEntry[]
  readonly next_cursor: string | null
}

/** What to look for in the audit log; '' for anything. */
export interface AuditWish {
  readonly target: string
  readonly actor: string
  readonly outcome: '' | 'done' | 'refused'
  readonly cursor?: string
}

/** The part of the HTTP API that is about who may do what. Every call throws a `RequestProblem` where it fails. */
export const accessApi = {
  session: () => read(v1.session.$get()),
  /** Takes an invitation; the answer alone has the token. */
  join: (invitation: string, name: string) => read(v1.session.join.$post({ json: { invitation, name } })),
  users: async () => (await read(v1.users.$get({ query: { limit: '200' } }))).data,
  changeUser: (id: string, body: PatchUser) => read(v1.users[':id'].$patch({ ...at(id), json: body })),
  removeUser: (id: string) => done(v1.users[':id'].$delete(at(id))),
  invitations: async () => (await read(v1.invitations.$get({ query: { limit: '200' } }))).data,
  /** The answer alone has the link. */
  invite: (body: Partial<CreateInvitation>) => read(v1.invitations.$post({ json: body })),
  deleteInvitation: (id: string) => done(v1.invitations[':id'].$delete(at(id))),
  /** The newest 200. */
  tokens: async () => (await read(v1.tokens.$get({ query: { limit: '200' } }))).data,
  /** The answer alone has the token. */
  createToken: (body: CreateToken) => read(v1.tokens.$post({ json: body })),
  deleteToken: (id: string) => done(v1.tokens[':id'].$delete(at(id))),
  sessions: async () => (await read(v1.sessions.$get({ query: { limit: '200' } }))).data,
  endSession: (id: string) => done(v1.sessions[':id'].$delete(at(id))),
  keys: () => read(v1.keys.$get()),
  rotateSigningKey: () => read(v1.keys['rotate-signing-key'].$post({ json: {} })),
  resealSecrets: () => read(v1.keys.reseal.$post()),
  auditLog: ({ cursor, ...wish }: AuditWish) =>
    read(v1['audit-log'].$get({ query: auditQuery(wish, cursor) }) as Promise<{ json(): Promise<AuditPage> }>),
}

/** A wish as the query of `GET /v1/audit-log`. */
export function auditQuery({ target, actor, outcome }: AuditWish, cursor?: string): Record<string, string> {
  return {
    limit: String(entriesShown),
    ...(target && { target }),
    ...(actor && { actor }),
    ...(outcome && { outcome }),
    ...(cursor && { cursor }),
  }
}
