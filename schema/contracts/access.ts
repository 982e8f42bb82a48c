import * as v from 'valibot'
import { accessScopes, userRoles } from '../enums.ts'

/** What people and tokens are called. */
export const accessName = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Give a name of at least one character.'),
  v.maxLength(120, 'Use at most 120 characters.'),
  v.check((text) => !/\p{Cc}/u.test(text), 'Leave out control characters and line breaks.'),
)

/** What a credential may do: `read`, `write`, `admin`. */
const scopes = v.array(v.picklist(accessScopes))

/** Body of `POST /v1/session`: an API token, or a person's sign-in token. */
export const signInRequest = v.strictObject({
  token: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4_096)),
})

/** Who is signed in, or whose token came with the request. All null: nobody. */
export const sessionSchema = v.strictObject({
  token_id: v.nullable(v.string()),
  /** Null: the token belongs to the install and not to a person. */
  user_id: v.nullable(v.string()),
  /** The person's name, else the token's. */
  name: v.nullable(v.string()),
  /** Of a person. */
  role: v.nullable(v.picklist(userRoles)),
  /** What may be done; empty where nobody is signed in. */
  scopes,
  /** The one live stream that is shown; null: all. */
  live_stream_id: v.nullable(v.string()),
  /** The sign-in to the dashboard; null: the request came with a token. */
  session_id: v.nullable(v.string()),
})
export type SessionAnswer = v.InferOutput<typeof sessionSchema>
