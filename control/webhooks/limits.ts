/** Webhooks of an install at most. */
export const webhooksMax = 50
/** Kept of each webhook at most: deliveries that wait (the oldest are given up), and such that are finished. */
export const waitingMax = 5_000
export const finishedMax = 500
/** An answer must begin within so long, milliseconds. */
export const answerWithinMs = 5_000
/** Sent at once to a webhook, from one process; taken from the database at once for it, so that few requests go there. */
export const atOnce = 4
export const takenAtOnce = 16
/** What was taken and is not done by then counts as lost, and is sent again: 16, 4 at once, 5 s each, and some more. Milliseconds. */
export const sendLeaseMs = 30_000
/** Of an answer's body so much is kept, bytes. */
export const keptAnswerBytes = 1_024
/** A webhook is switched off once every attempt has failed for so long, and at least so often. */
export const disabledAfterMs = 24 * 3_600_000
export const disabledAfterFailures = 10
/** A webhook that took nothing for so long was away. One event that it alone refuses does not count as that. Milliseconds. */
export const outageMs = 60_000
