import { bodyLimit } from 'hono/body-limit'
import { ApiError } from '../errors.ts'

/** Refuses a body of more than `maxSize` bytes. One that does not say its length is read here, so nobody unknown may send a long one. */
export const limitedTo = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new ApiError(
        'body_too_large',
        maxSize < 1024 * 1024
          ? `The body may have ${maxSize / 1024} KiB at most.`
          : `The body may have ${maxSize / 1024 / 1024} MiB at most.`,
      )
    },
  })
