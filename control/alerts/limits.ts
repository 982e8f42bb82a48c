/** Alerts that last at once at most, pending ones too; more conditions are passed over (and logged). */
export const lastingMax = 1_000
/** Kept of those that are over. */
export const resolvedMax = 1_000
/** What comes back so soon after it was resolved is still the same alert, milliseconds. */
export const returnWithinMs = 10 * 60_000
/** Each return doubles how long it must be well before it counts as resolved, up to this, milliseconds. */
export const longestClearMs = 10 * 60_000
