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
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `can't be opened (${code ?? 'unknown reason'})`
    throw new PortError(`Port ${port} ${why}. Stop that program or set ${variable} to another port.`, { cause })
  }
}
