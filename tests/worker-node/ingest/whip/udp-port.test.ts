import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Message } from 'werift'
import { type IceCredentials, UdpPort } from '#worker/ingest/whip/udp-port.ts'
import { eventually } from '../../../support/eventually.ts'

let port: UdpPort
let sockets: Socket[]
let made = 0
beforeEach(async () => {
  sockets = []
  port = await UdpPort.open({
    host: '127.0.0.1',
    ports: [0, 0],
    makeCredentials: () => ({ ufrag: `ufrag${++made}`, password: `password-number-${made}-of-24` }),
  })
})
afterEach(async () => {
  for (const socket of sockets) socket.close()
  await port.close()
})

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  sockets.push(socket)
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

function ask(socket: Socket, { ufrag, password }: IceCredentials, nominate = true): void {
  const message = new Message(1, 0)
  message.setAttribute('USERNAME', `${ufrag}:theirs`)
  if (nominate) message.setAttribute('USE-CANDIDATE', null)
  message.addMessageIntegrity(Buffer.from(password)).addFingerprint()
  socket.send(message.bytes, port.port, '127.0.0.1')
}

/** Makes a connectivity check; gives whether it was answered before a later check of somebody else. */
async function check(socket: Socket, credentials: IceCredentials, nominate = true): Promise<boolean> {
  let isAnswered = false
  const note = () => {
    isAnswered = true
  }
  socket.once('message', note)
  ask(socket, credentials, nominate)
  const [other, path] = [await bound(), port.register({ receive: () => {} })]
  const answered = once(other, 'message')
  ask(other, path.credentials)
  await answered
  // What was sent before that has come as well; it is read in this turn or the next.
  await new Promise((resolve) => setTimeout(resolve, 20))
  socket.off('message', note)
  path.close()
  return isAnswered
}

function peer() {
  const received: string[] = []
  const path = port.register({ receive: (datagram) => received.push(datagram.toString()) })
  return { path, received }
}
const say = (socket: Socket, words: string) => socket.send(words, port.port, '127.0.0.1')
const hears = async (socket: Socket, send: () => void) => {
  const heard = once(socket, 'message')
  send()
  return String(((await heard) as [Buffer])[0])
}

it('hears only who has proven to be a peer, and follows it when it moves', async () => {
  const { path, received } = peer()
  const [home, away, stranger] = [await bound(), await bound(), await bound()]
  path.send(Buffer.from('into the void'))
  say(stranger, 'let me in')
  expect(await check(home, path.credentials)).toBe(true)
  say(home, 'from home')
  expect(await hears(home, () => path.send(Buffer.from('hello')))).toBe('hello')
  // Only a nomination moves it.
  expect(await check(away, path.credentials, false)).toBe(true)
  expect(await hears(home, () => path.send(Buffer.from('still there')))).toBe('still there')
  expect(await check(away, path.credentials)).toBe(true)
  expect(await hears(away, () => path.send(Buffer.from('moved')))).toBe('moved')
  say(home, 'no longer mine')
  say(away, 'from away')
  await eventually('the last is heard', () => received.includes('from away'))
  expect(received).toEqual(['from home', 'from away'])
})

it('lets nobody take the address that another peer has', async () => {
  const [first, second] = [peer(), peer()]
  const home = await bound()
  expect(await check(home, first.path.credentials)).toBe(true)
  await check(home, second.path.credentials)
  say(home, 'mine')
  await eventually('it is heard', () => first.received.length > 0)
  expect(second.received).toEqual([])
  first.path.close()
  await check(home, second.path.credentials)
  say(home, 'free now')
  await eventually('it is heard by the other', () => second.received.includes('free now'))
})

it('keeps the old credentials after an ICE restart until the new ones are used', async () => {
  const { path } = peer()
  const home = await bound()
  const old = path.credentials
  const fresh = path.restart()
  expect(path.credentials).toEqual(fresh)
  expect(await check(home, old)).toBe(true)
  expect(await check(home, fresh)).toBe(true)
  expect(await check(home, old)).toBe(false)
  path.close()
  expect(await check(home, fresh)).toBe(false)
})

it('is the first free one of a range', async () => {
  const taken = await bound()
  const first = taken.address().port
  const open = (ports: [number, number]) =>
    UdpPort.open({ host: '127.0.0.1', ports, makeCredentials: () => ({ ufrag: 'u', password: 'p' }) })
  const next = await open([first, first + 20])
  expect(next.port).toBeGreaterThan(first)
  expect(next.port).toBeLessThanOrEqual(first + 20)
  await expect(open([first, first])).rejects.toThrow('EADDRINUSE')
  await next.close()
})
