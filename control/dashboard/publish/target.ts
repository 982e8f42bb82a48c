/** Where to publish to, and what lets one in. */
export interface PublishTarget {
  readonly streamId: string
  readonly key: string
  /** One input of the stream; null: whichever is free. */
  readonly inputId: string | null
}

/** What a form or a fragment may hold as a target; undefined where it is none. */
export function readTarget(fields: URLSearchParams): PublishTarget | undefined {
  const streamId = fields.get('stream')?.trim() ?? ''
  const key = fields.get('key')?.trim() ?? ''
  const inputId = fields.get('input')?.trim() ?? ''
  if (!/^[\w-]{1,64}$/.test(streamId) || !/^[\x21-\x7e]{1,256}$/.test(key)) return
  return { streamId, key, inputId: /^[\w-]{1,64}$/.test(inputId) ? inputId : null }
}

const storageKey = 'weir-publish'

/**
 * The target of this tab: out of the address's fragment, which no server sees, else what the tab was told before. The key
 * goes out of the address bar at once: who shares a screen shows that too.
 */
export function takeTarget(location: Location, history: History, storage: Storage): PublishTarget | undefined {
  const fromAddress = readTarget(new URLSearchParams(location.hash.slice(1)))
  if (location.hash !== '') history.replaceState(null, '', location.pathname)
  if (fromAddress) keepTarget(fromAddress, storage)
  return fromAddress ?? readTarget(new URLSearchParams(storage.getItem(storageKey) ?? ''))
}

/** Remembers the target for as long as the tab is there. */
export function keepTarget({ streamId, key, inputId }: PublishTarget, storage: Storage): void {
  const fields = new URLSearchParams({ stream: streamId, key, ...(inputId !== null && { input: inputId }) })
  storage.setItem(storageKey, fields.toString())
}

export const forgetTarget = (storage: Storage): void => storage.removeItem(storageKey)
