import { forgetEntries } from '../audit/entries.ts'
import type { Runtime } from '../runtime.ts'
import { forgetPreviousKeys } from '../streams/stream-secrets.ts'
import { forgetInvitations } from './invitations.ts'
import { forgetSessions } from './sessions.ts'
import { forgetTokens } from './tokens.ts'

/** Drops what is over of tokens, sign-ins and invitations, and keys that have had their time, and the audit log beyond its bounds. */
export async function forgetAccess(runtime: Runtime): Promise<void> {
  await forgetTokens(runtime)
  await forgetSessions(runtime)
  await forgetInvitations(runtime)
  await forgetEntries(runtime)
  await runtime.signingKeys.forget()
  await forgetPreviousKeys(runtime)
}
