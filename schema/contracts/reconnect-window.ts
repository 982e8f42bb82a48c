import * as v from 'valibot'

/** Seconds that the slate holds a broadcast after its source is gone. */
export const reconnectWindow = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400))
