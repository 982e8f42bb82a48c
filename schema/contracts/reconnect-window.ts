import * as v from 'valibot'

/** Seconds that the slate holds a broadcast after its source is gone. With 0, a source that says nothing for a second ends it. */
export const reconnectWindow = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400))
