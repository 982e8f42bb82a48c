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

/** A point in time, RFC 3339, as the API prints them. */
const time = v.pipe(
  v.string(),
  v.isoTimestamp('Use a time such as 2027-01-31T12:00:00Z.'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'Use a time such as 2027-01-31T12:00:00Z.'),
)

/** Body of `POST /v1/tokens`. */
export const createToken = v.strictObject({
  name: accessName,
  /** What it may do; a token that only looks is the default. */
  scopes: v.optional(v.pipe(scopes, v.minLength(1, 'Name at least one of read, write and admin.'), v.maxLength(3)), [
    'read',
  ]),
  /** The one live stream that it sees and changes; null: all. */
  live_stream_id: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(60))), null),
  /** When it ends; null: when it is deleted. */
  expires_at: v.optional(v.nullable(time), null),
})
export type CreateToken = v.InferOutput<typeof createToken>

/** Body of `PATCH /v1/tokens/:id`. What a token may do stays: make a new one instead. */
export const patchToken = v.strictObject({ name: v.optional(accessName), expires_at: v.optional(v.nullable(time)) })
export type PatchToken = v.InferOutput<typeof patchToken>

/** A token, without the token itself. */
export const tokenSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  /** `api`: of a program. `sign_in`: what a person signs in with. */
  kind: v.picklist(['api', 'sign_in']),
  /** What it may do; of a person's token, no more than their role allows. */
  scopes,
  live_stream_id: v.nullable(v.string()),
  /** Whose it is: it can do no more than they, and ends with them. Null: it belongs to the install. */
  user_id: v.nullable(v.string()),
  /** Who made it; null: a start of Weir. */
  created_by: v.nullable(v.string()),
  created_at: v.string(),
  expires_at: v.nullable(v.string()),
  /** To the minute; null: never. */
  last_used_at: v.nullable(v.string()),
})
export type Token = v.InferOutput<typeof tokenSchema>

/** Answer to `POST /v1/tokens`: `token` is shown this once. */
export const createdToken = v.strictObject({ ...tokenSchema.entries, token: v.string() })
export type CreatedToken = v.InferOutput<typeof createdToken>

const role = v.picklist(userRoles)

/** A person who uses the dashboard. */
export const userSchema = v.strictObject({
  id: v.string(),
  name: v.string(),
  /** `owner`: all. `operator`: streams. `viewer`: only looks. */
  role,
  created_at: v.string(),
  /** To the minute, with any of their tokens; null: never. */
  last_used_at: v.nullable(v.string()),
})
export type User = v.InferOutput<typeof userSchema>

/** Body of `PATCH /v1/users/:id`. A new role ends the person's sign-ins. */
export const patchUser = v.strictObject({ name: v.optional(accessName), role: v.optional(role) })
export type PatchUser = v.InferOutput<typeof patchUser>

const dayS = 24 * 3600

/** Body of `POST /v1/invitations`: for somebody new, `role`; for somebody who lost their token, `user_id`. */
export const createInvitation = v.pipe(
  v.strictObject({
    role: v.optional(role),
    user_id: v.optional(v.pipe(v.string(), v.maxLength(60))),
    /** Who it is for. */
    name: v.optional(v.nullable(accessName), null),
    /** How long the link is good, seconds: 5 minutes to 30 days, and 7 days if left out. */
    expires_in_s: v.optional(v.pipe(v.number(), v.integer(), v.minValue(300), v.maxValue(30 * dayS)), 7 * dayS),
  }),
  v.check(
    ({ role, user_id }) => (role === undefined) !== (user_id === undefined),
    'Give role for somebody new, or user_id for somebody who is here already and needs a new sign-in token.',
  ),
)
export type CreateInvitation = v.InferOutput<typeof createInvitation>

/** An invitation, without its link. */
export const invitationSchema = v.strictObject({
  id: v.string(),
  role,
  name: v.nullable(v.string()),
  /** Somebody who is here already and gets a new sign-in token; null: somebody new. */
  user_id: v.nullable(v.string()),
  created_by: v.string(),
  created_at: v.string(),
  expires_at: v.string(),
  /** Null: not yet. */
  used_at: v.nullable(v.string()),
})
export type Invitation = v.InferOutput<typeof invitationSchema>

/** Answer to `POST /v1/invitations`: `link` is shown this once, and lets one person in. */
export const createdInvitation = v.strictObject({ ...invitationSchema.entries, link: v.string() })
export type CreatedInvitation = v.InferOutput<typeof createdInvitation>

/** Body of `POST /v1/session/join`: what stands behind `#` in the link, and how the person wants to be called. */
export const joinWithInvitation = v.strictObject({
  invitation: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200)),
  name: accessName,
})

/** Answer: signed in. `token` is what to sign in with elsewhere, and is shown this once. */
export const joinedSession = v.strictObject({ ...sessionSchema.entries, token: v.string() })
export type JoinedSession = v.InferOutput<typeof joinedSession>

/** One of one's own sign-ins to the dashboard. */
export const ownSession = v.strictObject({
  id: v.string(),
  /** What the browser calls itself. */
  browser: v.string(),
  created_at: v.string(),
  expires_at: v.string(),
  /** The one that this request came with. */
  current: v.boolean(),
})
export type OwnSession = v.InferOutput<typeof ownSession>
