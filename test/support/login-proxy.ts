import { createServer, request, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Certified } from './certificates.ts'
import { listening } from './listening.ts'

export interface LoginProxyOptions {
  /** URL of the registry. */
  readonly behind: string
  readonly username: string
  readonly password: string
  /** The body of what it answers to any other `Authorization`. */
  readonly refusal: (authorization: string) => string
  /** It speaks TLS and shows this certificate; without one it speaks plain HTTP. */
  readonly shown?: Certified
}

export interface LoginProxy {
  readonly url: string
  /** The `Authorization` of each request that came so far. */
  readonly seen: readonly unknown[]
}

/** Stands in front of a registry until the test has finished, and lets in one login. */
export async function loginProxy({
  behind,
  username,
  password,
  refusal,
  shown,
}: LoginProxyOptions): Promise<LoginProxy> {
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const seen: unknown[] = []
  const answering: RequestListener = (incoming, answer) => {
    const { method, url, headers } = incoming
    seen.push(headers.authorization)
    if (headers.authorization !== login) {
      answer.writeHead(401).end(refusal(headers.authorization ?? ''))
      return
    }
    const onward = request(new URL(url ?? '/', behind), { method, headers }, response => {
      answer.writeHead(response.statusCode ?? 502)
      response.pipe(answer)
    })
    incoming.pipe(onward)
  }
  return shown === undefined
    ? { url: `http://127.0.0.1:${await listening(createServer(answering))}`, seen }
    : { url: `https://127.0.0.1:${await listening(createTlsServer(shown, answering))}`, seen }
}
