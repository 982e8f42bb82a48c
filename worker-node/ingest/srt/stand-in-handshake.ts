import { type Handshake, handshakeType, writeHandshake } from '../../srt/handshake.ts'

/** Puts a question again and again until an answer fits; undefined when there will be none. */
export type Ask = (
  question: () => Buffer,
  eachMs: number,
  fits: (handshake: Handshake) => boolean,
) => Promise<Handshake | undefined>

const repeatEachMs = 250
/** An induction asks for this in the extension field: UDT's datagram socket. */
const datagramSocket = 2

/**
 * Goes through the handshake with a listener in a caller's place, with the caller's own conclusion, which came at `receivedAtMs`
 * (performance.now): its clock is moved on by the time since then, for the listener reckons the latency from it. Gives
 * the listener's answer, which may be a refusal. `askEachMs`: how often the first question is put.
 */
export async function shakeHandsFor(
  conclusion: Handshake,
  receivedAtMs: number,
  ask: Ask,
  askEachMs = repeatEachMs,
): Promise<Handshake | undefined> {
  const aged = (handshake: Handshake) => {
    const ageUs = Math.round((performance.now() - receivedAtMs) * 1_000)
    return writeHandshake({ ...handshake, timestamp: (conclusion.timestamp + ageUs) >>> 0 })
  }
  const induction: Handshake = {
    ...conclusion,
    destination: 0,
    version: 4,
    encryption: 0,
    extensionField: datagramSocket,
    type: handshakeType.induction,
    cookie: 0,
    extensions: [],
  }
  const cookie = await ask(
    () => aged(induction),
    askEachMs,
    ({ type }) => type === handshakeType.induction,
  )
  if (cookie === undefined) return
  const reply: Handshake = { ...conclusion, destination: 0, cookie: cookie.cookie }
  return ask(
    () => aged(reply),
    repeatEachMs,
    ({ type }) => type !== handshakeType.induction,
  )
}
