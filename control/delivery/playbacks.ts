import type { Runtime } from '../runtime.ts'
import { type Admission, admit } from './admit.ts'
import { createPlaybackFinder, type FindPlayback, type FoundPlayback } from './find-playback.ts'
import { createTokenCheck } from './playback-token.ts'

interface Playbacks {
  readonly find: FindPlayback
  /** Lets a request through, or throws a 403 that says why not. */
  admit(playback: FoundPlayback, token: string | undefined, request: Request): Promise<Admission>
}

const known = new WeakMap<Runtime, Playbacks>()

/** What all routes that serve viewers share: one memory of playback ids and of tokens. */
export function playbacksOf(runtime: Runtime): Playbacks {
  const found = known.get(runtime)
  if (found) return found
  const checkToken = createTokenCheck(runtime)
  const made: Playbacks = {
    find: createPlaybackFinder(runtime),
    admit: (playback, token, request) => admit(runtime.config, checkToken, playback, token, request),
  }
  known.set(runtime, made)
  return made
}
