import { customAlphabet } from 'nanoid'

/** What an id names; the prefix stands before the underscore, so an id in a log explains itself. */
type IdPrefix =
  | 'ls'
  | 'whk'
  | 'whd'
  | 'alr'
  | 'in'
  | 'dst'
  | 'pb'
  | 'wrk'
  | 'ses'
  | 'evt'
  | 'jt'
  | 'req'
  | 'ast'
  | 'chk'
  | 'tok'
  | 'usr'
  | 'inv'
  | 'sgn'
  | 'aud'

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const idBody = customAlphabet(alphabet, 20)
const secretBody = customAlphabet(alphabet, 32)

/** A new id such as `ls_4kT…`: 20 characters of 62, about 119 bits. */
export const newId = (prefix: IdPrefix): string => `${prefix}_${idBody()}`

/** A new secret (stream key, token): 32 characters of 62, about 190 bits, safe in a URL and in OBS's key field. */
export const newSecret = (): string => secretBody()
