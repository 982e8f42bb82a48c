import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { bindingAnswer, isStun, readBindingRequest, roleConflict } from './stun.ts'

/** One publisher's side of the shared port. */
export interface UdpPeer {
  /** Datagrams that are not STUN, from the address that the peer has proven. */
  receive(datagram: Buffer): void
}

/** A registered peer: its way out. */
export interface UdpPath {
  /** New credentials for an ICE restart; the old ones hold until the peer comes with the new ones. */
  restart(): IceCredentials
  readonly credentials: IceCredentials
  /** Whether the peer has come and proven itself. */
  readonly wasReached: boolean
  /** Sends to where the peer was seen last; before that it does nothing. */
  send(datagram: Buffer): void
  close(): void
}

export interface IceCredentials {
  readonly ufrag: string
  readonly password: string
}

export interface UdpPortOptions {
  /** Address to listen on: `127.0.0.1`, `0.0.0.0`, `::`. */
  readonly host: string
  /** The first free port of these is taken; `[0, 0]` lets the system choose. */
  readonly ports: readonly [number, number]
  readonly makeCredentials: () => IceCredentials
  readonly log?: { warn(fields: object, message: string): void }
}

/** What the kernel may hold for us: half a second of forty publishers at 4 Mbit/s. The system may give less. */
const receiveBufferBytes = 4 * 1024 * 1024

interface Registered {
  readonly peer: UdpPeer
  current: IceCredentials
  /** Until the peer uses the new ones after an ICE restart. */
  former: IceCredentials | undefined
  address: { readonly key: string; readonly host: string; readonly port: number } | undefined
}

/**
 * One UDP port for all publishers, as an ICE lite agent (RFC 8445 §2.5): it answers connectivity checks and makes none,
 * so nobody can make it send to an address that did not ask. A peer is who checks with its password; it may move.
 */
export class UdpPort {
  readonly #socket: Socket
  readonly #options: UdpPortOptions
  readonly #byUfrag = new Map<string, Registered>()
  readonly #byAddress = new Map<string, Registered>()

  private constructor(socket: Socket, options: UdpPortOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (datagram, { address, port }) => this.#onDatagram(datagram, address, port))
    // A peer that is gone answers with ICMP, which some systems give as an error of the socket.
    socket.on('error', (error) => options.log?.warn({ err: error }, 'the WebRTC port had an error'))
  }

  /** Binds the first free port. Rejects with the last error where none is. */
  static async open(options: UdpPortOptions): Promise<UdpPort> {
    const [first, last] = options.ports
    for (let port = first; ; port++) {
      try {
        return new UdpPort(await bind(options.host, port), options)
      } catch (error) {
        if (port >= last || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      }
    }
  }

  get port(): number {
    return this.#socket.address().port
  }

  register(peer: UdpPeer): UdpPath {
    const registered: Registered = {
      peer,
      current: this.#options.makeCredentials(),
      former: undefined,
      address: undefined,
    }
    this.#byUfrag.set(registered.current.ufrag, registered)
    return {
      get credentials() {
        return registered.current
      },
      get wasReached() {
        return registered.address !== undefined
      },
      restart: () => {
        if (registered.former) this.#byUfrag.delete(registered.former.ufrag)
        registered.former = registered.current
        registered.current = this.#options.makeCredentials()
        this.#byUfrag.set(registered.current.ufrag, registered)
        return registered.current
      },
      send: (datagram) => {
        const { address } = registered
        if (address) this.#socket.send(datagram, address.port, address.host, ignoreFailure)
      },
      close: () => {
        this.#byUfrag.delete(registered.current.ufrag)
        if (registered.former) this.#byUfrag.delete(registered.former.ufrag)
        this.#moveTo(registered, undefined)
      },
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }

  #onDatagram(datagram: Buffer, host: string, port: number): void {
    const key = `${host} ${port}`
    if (isStun(datagram)) return void this.#onCheck(datagram, key, host, port)
    this.#byAddress.get(key)?.peer.receive(datagram)
  }

  #onCheck(datagram: Buffer, key: string, host: string, port: number): void {
    const request = readBindingRequest(datagram, (ufrag) => credentialsOf(this.#byUfrag.get(ufrag), ufrag)?.password)
    const registered = request && this.#byUfrag.get(request.localUfrag)
    const credentials = registered && credentialsOf(registered, request.localUfrag)
    if (!registered || !credentials) return
    const { password } = credentials
    const answer = request.controlled ? roleConflict(request, password) : bindingAnswer(request, host, port, password)
    this.#socket.send(answer, port, host, ignoreFailure)
    if (request.controlled) return
    if (registered.former && credentials === registered.current) {
      this.#byUfrag.delete(registered.former.ufrag)
      registered.former = undefined
    }
    // Before it nominates, the first pair that works will do: media may come before the nomination.
    if (request.useCandidate || registered.address === undefined) this.#moveTo(registered, { key, host, port })
  }

  #moveTo(registered: Registered, address: Registered['address']): void {
    if (registered.address?.key === address?.key) return
    // Whoever can forge a sender's address must not take another's place; a dead one's is free within seconds.
    if (address && this.#byAddress.has(address.key)) return
    if (registered.address) this.#byAddress.delete(registered.address.key)
    registered.address = address
    if (address) this.#byAddress.set(address.key, registered)
  }
}

/** RFC 8839 §5.4: characters of base64 without padding. */
export const makeIceCredentials = (): IceCredentials => ({
  ufrag: randomBytes(6).toString('base64').replaceAll('=', ''),
  password: randomBytes(24).toString('base64').replaceAll('=', ''),
})

/** A datagram that can't be sent is one that got lost. */
const ignoreFailure = (): void => {}

function credentialsOf(registered: Registered | undefined, ufrag: string): IceCredentials | undefined {
  if (registered?.current.ufrag === ufrag) return registered.current
  return registered?.former?.ufrag === ufrag ? registered.former : undefined
}

function bind(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' })
    socket.once('error', (error) => {
      socket.close()
      reject(error)
    })
    socket.bind(port, host, () => {
      socket.removeAllListeners('error')
      try {
        socket.setRecvBufferSize(receiveBufferBytes)
      } catch {
        // The system's own size will do.
      }
      resolve(socket)
    })
  })
}
