import { tryGetContext } from 'hono/context-storage'

/** The id of the API request that is being answered; undefined outside of one, such as in a chore. */
export const currentRequestId = (): string | undefined =>
  tryGetContext<{ Variables: { requestId?: string } }>()?.get('requestId')
