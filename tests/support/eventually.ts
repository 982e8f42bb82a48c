/**
 * Waits until `condition` gives something other than undefined, null or false, and gives that. Asks again every
 * `intervalMs`; past `timeoutMs` it fails with `what` and the last error. This is how tests wait: for conditions, not times.
 */
export async function eventually<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = 40_000, intervalMs = 25 } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs
  let lastError: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>
      lastError = undefined
    } catch (error) {
      lastError = error
    }
    if (performance.now() > deadline)
      throw new Error(`Never came true in ${timeoutMs} ms: ${what}`, { cause: lastError })
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}
