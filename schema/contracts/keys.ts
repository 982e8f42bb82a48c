import * as v from 'valibot'

/** `GET /v1/keys`: what is signed and encrypted with. No key itself is ever shown. */
export const keysSchema = v.strictObject({
  /** Sign jobs, orders to workers and playback tokens; the public halves are at `/.well-known/jwks.json`. */
  signing_keys: v.array(
    v.strictObject({
      id: v.string(),
      /** `next`: published, does not sign yet. `signing`. `retiring`: what it signed is good until `retires_at`. */
      state: v.picklist(['next', 'signing', 'retiring']),
      created_at: v.string(),
      /** Null: from the beginning. */
      signs_from: v.nullable(v.string()),
      /** Null: no end is set. */
      retires_at: v.nullable(v.string()),
    }),
  ),
  /** Encrypt secrets in the database, newest first (`WEIR_SECRET_KEY`, or the file `secret-key`). */
  secret_keys: v.array(
    v.strictObject({
      /** Tells nothing of the key. */
      id: v.string(),
      /** False: nobody has it any more, and what is under it can't be read. */
      known: v.boolean(),
      newest: v.boolean(),
      /** Secrets that are under it. An older key may go once this is 0. */
      secrets: v.number(),
      /** What to do, in words. */
      detail: v.string(),
    }),
  ),
})
export type Keys = v.InferOutput<typeof keysSchema>

const dayS = 24 * 3600

/** Body of `POST /v1/keys/rotate-signing-key`. */
export const rotateSigningKey = v.strictObject({
  /** How long the new key is published before it signs, seconds: workers and caches learn of it. */
  lead_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(7 * dayS)), 600),
  /** How long what the old key signed is good after that, seconds. */
  overlap_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(300), v.maxValue(90 * dayS)), 7 * dayS),
})

/** Answer to `POST /v1/keys/reseal`. */
export const resealAnswer = v.strictObject({
  /** Secrets that were encrypted anew. */
  resealed: v.number(),
  /** Secrets that no key here opens; they stay as they are. */
  unreadable: v.number(),
  keys: keysSchema,
})
