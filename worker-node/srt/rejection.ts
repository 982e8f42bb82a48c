/**
 * Why a caller is refused, as the handshake says it: 1000 and libsrt's own reason, or 2000 and the code of the SRT access
 * control guideline, which resembles HTTP's. Callers print them in words.
 */
export const rejection = {
  resource: 1_003,
  rogue: 1_004,
  version: 1_008,
  badSecret: 1_010,
  unsecure: 1_011,
  badRequest: 2_400,
  unauthorized: 2_401,
  overload: 2_402,
  forbidden: 2_403,
  notFound: 2_404,
  badMode: 2_405,
  conflict: 2_409,
  serverError: 2_500,
  unavailable: 2_503,
} as const

/** A refusal: the code for the caller, the words for our log. */
export interface Refusal {
  readonly rejection: number
  readonly detail: string
}
