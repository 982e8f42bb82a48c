import { isIPv4 } from 'node:net'

/** Both ends of a TCP connection, as `net.Socket` names them. */
export interface ConnectionEnds {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
}

/** Linux's tables of connections, below `/proc/net`. */
export type ConnectionTable = 'tcp' | 'tcp6'

/** The table that a connection stands in. One to an IPv4 address that is written as IPv6 stands in `tcp6`. */
export function tableOf({ localAddress }: ConnectionEnds): ConnectionTable {
  return isIPv4(localAddress) ? 'tcp' : 'tcp6'
}

/** Both ends as a row names them: addresses as 32-bit words in the machine's byte order, ports as numbers, all in hex. */
export function rowKey({ localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds): string {
  return `${addressText(localAddress)}:${hex(localPort, 4)} ${addressText(remoteAddress)}:${hex(remotePort, 4)}`
}

/**
 * Bytes of each of these connections that the kernel holds because the peer's TCP has not confirmed them: `tx_queue` in
 * the text of a table (proc_net_tcp in Linux's documentation). One that is not in the table is not in the answer.
 */
export function kernelQueues(table: string, keys: ReadonlySet<string>): Map<string, number> {
  const queues = new Map<string, number>()
  const [aKey] = keys
  if (aKey === undefined) return queues
  // `sl: local remote st tx_queue:rx_queue …`: all of fixed width but for `sl`.
  for (let start = 0; start < table.length; ) {
    const newline = table.indexOf('\n', start)
    const end = newline < 0 ? table.length : newline
    const keyStart = table.indexOf(': ', start) + 2
    const queueStart = keyStart + aKey.length + 4
    if (keyStart > 2 && queueStart + 8 <= end) {
      const key = table.slice(keyStart, keyStart + aKey.length)
      if (keys.has(key)) queues.set(key, Number.parseInt(table.slice(queueStart, queueStart + 8), 16))
    }
    start = end + 1
  }
  return queues
}

function addressText(address: string): string {
  const bytes = isIPv4(address) ? Uint8Array.from(address.split('.'), Number) : ipv6Bytes(address)
  return Array.from(new Uint32Array(bytes.buffer), (word) => hex(word, 8)).join('')
}

/** Without its zone (`%eth0`); the last 32 bits may be written as IPv4. */
function ipv6Bytes(address: string): Uint8Array<ArrayBuffer> {
  const groups = (text: string) =>
    text.split(':').flatMap((group) => {
      if (!isIPv4(group)) return group === '' ? [] : [Number.parseInt(group, 16)]
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
      return [a * 256 + b, c * 256 + d]
    })
  const [head = '', tail = ''] = address.replace(/%.*/, '').split('::')
  const front = groups(head)
  const back = groups(tail)
  const words = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]))
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}
