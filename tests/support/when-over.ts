import { AsyncLocalStorage } from 'node:async_hooks'
import { onTestFinished, type TestContext } from 'vitest'

const running = new AsyncLocalStorage<TestContext>()

/** Calls `undo` when the test is over that it is called in. Of tests that run at once, each must be {@link apart}. */
export function whenOver(undo: () => unknown): void {
  const register = running.getStore()?.onTestFinished ?? onTestFinished
  register(async () => {
    await undo()
  })
}

/** The body of a test that may run beside others, as one that mostly waits should: what it opens is closed with it. */
export function apart<Given extends unknown[]>(body: (...given: Given) => Promise<void>) {
  return (...args: [...Given, TestContext]): Promise<void> => {
    const context = args.at(-1) as TestContext
    return running.run(context, () => body(...(args.slice(0, -1) as Given)))
  }
}
