import { AsyncLocalStorage } from 'node:async_hooks'

type OnFault = (error: unknown) => void

const owner = new AsyncLocalStorage<OnFault>()

/**
 * Runs what belongs together. A fault that nobody catches in anything it starts, be it in a timer, a socket, a child process or
 * a promise, is its own and nobody else's: {@link giveToOwner} hands it to `onFault`.
 */
export const ownFaults = <Result>(onFault: OnFault, run: () => Result): Result => owner.run(onFault, run)

/** For the last handlers of the process: gives a fault that nobody caught to whoever it belongs to. False: to nobody. */
export function giveToOwner(error: unknown): boolean {
  const onFault = owner.getStore()
  onFault?.(error)
  return onFault !== undefined
}
