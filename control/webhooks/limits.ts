/** Webhooks of an install at most. */
export const webhooksMax = 50
/** Kept of each webhook at most: deliveries that wait (the oldest are given up), and such that are finished. */
export const waitingMax = 5_000
export const finishedMax = 500
/** An answer must begin within so long, milliseconds; what is being sent for longer than the lease is lost and sent again. */
export const answerWithinMs = 5_000
export const sendLeaseMs = 20_000
/** Of an answer's body so much is kept, bytes. */
export const keptAnswerBytes = 1_024
/** A webhook is switched off once every attempt has failed for so long, and at least so often. */
export const disabledAfterMs = 24 * 3_600_000
export const disabledAfterFailures = 10
