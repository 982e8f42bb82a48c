import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sendFile } from './web-server.ts'

// An HTTP server as a process of its own, so that it can be frozen and killed: the files of a folder, for the user `user`
// with the password `secret`. Arguments: folder, port. Prints its port as JSON.
const [folder = '.', port = '0'] = process.argv.slice(2)
const expected = `Basic ${Buffer.from('user:secret').toString('base64')}`
const server = createServer((request, response) => {
  if (request.headers.authorization !== expected)
    return void response.writeHead(401, { 'www-authenticate': 'Basic realm="films"' }).end()
  void sendFile(join(folder, new URL(request.url ?? '/', 'http://x').pathname), request, response)
})
server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
})
