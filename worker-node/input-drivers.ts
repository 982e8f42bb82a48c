import type { Driver, DriverHost } from './ingest/driver.ts'
import { startTestPattern } from './ingest/test-source.ts'
import type { OpenInput } from './session-options.ts'

type SessionSide = Pick<DriverHost, 'log' | 'onSource' | 'onState' | 'onChannel'>

/** Starts what fetches the media of an input; null for one that an encoder pushes to. */
export function startInputDriver(input: OpenInput, session: SessionSide): Driver | null {
  switch (input.type) {
    case 'push':
      return null
    case 'test':
      return startTestPattern(session)
    default:
      throw new Error(`Inputs of type ${input.type} are not there yet.`)
  }
}
