import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Random user names and passwords for the proxy (RFC 7617), each good for one user until it is revoked. */
export class ProxyPasses<User> {
  readonly #users = new Map<string, { readonly digest: Buffer; readonly user: User }>()

  /** `name:password`, as it stands in a proxy's address. */
  issue(user: User): { readonly userInfo: string; revoke(): void } {
    const name = randomBytes(6).toString('hex')
    const password = randomBytes(24).toString('hex')
    this.#users.set(name, { digest: digestOf(password), user })
    return { userInfo: `${name}:${password}`, revoke: () => void this.#users.delete(name) }
  }

  /** Whose `Proxy-Authorization` this is; undefined: nobody's. */
  find(authorization: string | undefined): User | undefined {
    const basic = /^basic +([\w+/=-]+)$/i.exec(authorization ?? '')?.[1]
    const [name = '', password = ''] = Buffer.from(basic ?? '', 'base64')
      .toString('latin1')
      .split(':')
    const known = this.#users.get(name)
    return known && timingSafeEqual(known.digest, digestOf(password)) ? known.user : undefined
  }
}

const digestOf = (password: string): Buffer => createHash('sha256').update(password).digest()
