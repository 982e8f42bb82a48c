import { leaseSeconds } from '../config.ts'

/** Unix milliseconds at which a lease taken or renewed at `now` runs out. */
export const leaseEnd = (now: Date): number => now.getTime() + leaseSeconds * 1000
