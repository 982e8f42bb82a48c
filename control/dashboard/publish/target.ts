/** Where to publish to, and what lets one in. */
export interface PublishTarget {
  readonly streamId: string
  readonly key: string
  /** One input of the stream; null: whichever is free. */
  readonly inputId: string | null
  /** What the stream is called, as far as the link says so. */
  readonly name: string | null
  /** Where viewers see it, as far as the link says so. */
  readonly playbackId: string | null
}

/** What a form or a fragment may hold as a target; undefined where it is none. */
export function readTarget(fields: URLSearchParams): PublishTarget | undefined {
  const streamId = fields.get('stream')?.trim() ?? ''
  const key = fields.get('key')?.trim() ?? ''
  if (!isId(streamId) || !/^[\x21-\x7e]{1,256}$/.test(key)) return
  const id = (field: string) => [fields.get(field)?.trim() ?? ''].find(isId) ?? null
  const name = fields.get('name')?.trim().slice(0, 120) || null
  return { streamId, key, inputId: id('input'), name, playbackId: id('watch') }
}

const isId = (text: string): boolean => /^[\w-]{1,64}$/.test(text)

/** The target as `readTarget` takes it. */
export function writeTarget({ streamId, key, inputId, name, playbackId }: PublishTarget): URLSearchParams {
  const fields = { stream: streamId, key, input: inputId, name, watch: playbackId }
  return new URLSearchParams(
    Object.entries(fields).flatMap(([field, value]) => (value === null ? [] : [[field, value]])),
  )
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
export const keepTarget = (target: PublishTarget, storage: Storage): void =>
  storage.setItem(storageKey, writeTarget(target).toString())

export const forgetTarget = (storage: Storage): void => storage.removeItem(storageKey)
