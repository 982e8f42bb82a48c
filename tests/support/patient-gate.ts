import { gateTimes } from '#worker/splice/gate.ts'

/**
 * Makes the splicer of this process call only that a stall which lasts for seconds. A busy machine keeps a healthy source
 * waiting for longer than the product does; a test that counts stalls must not count those. (The times themselves are
 * proved with a simulated clock in the splicer's own tests.)
 */
export function bearSlowMachine(): void {
  Object.assign(gateTimes, { silenceMs: 3_000, hopelesslyLateMs: 15_000 })
}
