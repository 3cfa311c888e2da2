import { createServer, request } from 'node:http'
import { onTestFinished } from 'vitest'

/** Stands in front of a registry until the test has finished, and lets in one login. Who is refused is told, as bad servers do, what it has sent. */
export async function loginProxy(behind: string, username: string, password: string): Promise<string> {
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const server = createServer((incoming, answer) => {
    const { method, url, headers } = incoming
    if (headers.authorization !== login) {
      const sent = Buffer.from((headers.authorization ?? '').replace('Basic ', ''), 'base64').toString()
      const message = `no such login: ${headers.authorization}, which is ${sent}`
      answer.writeHead(401).end(JSON.stringify({ error_code: 401, message }))
      return
    }
    const onward = request(new URL(url ?? '/', behind), { method, headers }, response => {
      answer.writeHead(response.statusCode ?? 502)
      response.pipe(answer)
    })
    incoming.pipe(onward)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}
