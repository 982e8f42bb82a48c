/**
 * The number of the contract between control and its workers (contracts/{worker,job}.ts). It rises by one where a message
 * changes, and a minor version of Weir has one number.
 *
 * One version either way works together, so that control and workers can be upgraded one after the other, in any order:
 * - A message of a newer one may have fields that are not known here; they are passed over (tolerant.ts).
 * - A message of an older one lacks fields; each field that was added since is optional, and its comment says what its
 *   absence means.
 * - A value of a list of words (a reason, a state) is sent only to who knows it already.
 * - What is two or more apart is refused with `version_skew`.
 *
 * 1: as it was before workers said which they speak. Both sides refuse fields that they do not know: for workers see
 * control/jobs/older-worker.ts; a control plane of it is to be upgraded before its workers.
 * 2: instances, labels, room, orders, held polls, draining.
 */
export const contractNumber = 2

/** Headers of every request of a worker; control answers with the contract and the time. All are left out by contract 1. */
export const contractHeaders = {
  contract: 'weir-contract',
  /** Version of Weir, for people to read. */
  version: 'weir-version',
  /** Random, of one start of the worker's process: what another start of it held is not held any more. */
  instance: 'weir-instance',
  /** RFC 3339: control's clock. A proxy in between writes a Date of its own, so that is taken only where this is left out. */
  time: 'weir-time',
} as const

/** The number in a header; none stands for 1, and nonsense for a version that nobody speaks. */
export function readContract(header: string | null | undefined): number {
  if (header === null || header === undefined) return 1
  return /^\d{1,6}$/.test(header) ? Number(header) : Number.NaN
}

/** Whether what speaks `contract` works together with this version. */
export const isCompatible = (contract: number): boolean => Math.abs(contract - contractNumber) <= 1
