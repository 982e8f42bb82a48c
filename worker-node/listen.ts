/** A port could not be listened on; the message is one line that says what to do. */
export class PortError extends Error {
  override readonly name = 'PortError'
}

/** Starts a listener, and says in words which variable to change when the port can't be had. */
export async function listenOrExplain<Listener>(
  variable: string,
  port: number,
  listen: (port: number) => Promise<Listener>,
): Promise<Listener> {
  try {
    return await listen(port)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    throw new PortError(whyNot(variable, port, code), { cause })
  }
}

function whyNot(variable: string, port: number, code: string | undefined): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use by another program. Stop that program or set ${variable} to another port.`
  if (code === 'EACCES')
    return `Port ${port} can't be opened by this user. Set ${variable} to a port of 1024 or above, or give it the right.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return 'This machine does not have the address to listen on. Set WEIR_HOST (--host) to one of its own, or to 0.0.0.0 for all.'
  return `Port ${port} can't be opened (${code ?? 'unknown reason'}). Set ${variable} to another port.`
}
