import type { IncomingMessage } from 'node:http'
import { request as plainRequest } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import * as z from 'zod'
import { MigrationError } from '../../core/errors.ts'
import { redactor } from '../../core/redactor.ts'
import type { Secret } from '../../core/secret.ts'
import { isTlsFailure } from '../../core/tls-failure.ts'
import { RegistryRefusal } from './refusal.ts'
import { errorOfRefusal } from './refusal-error.ts'

/** How to reach a registry. */
export interface RegistryConnection {
  /** `http://host:port` or `https://…`, with or without a path. */
  readonly url: string
  /** HTTP basic authentication. */
  readonly auth?: { readonly username: string; readonly password: Secret }
  /** PEM texts. Node's own authorities are trusted when `ca` is left out. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: Secret }
  /** For one request; 10 seconds by default. */
  readonly timeoutMs?: number
}

export interface RegistryCall {
  readonly path: string
  /** Sent as JSON by POST; GET without it. */
  readonly body?: object
}

const contentType = 'application/vnd.schemaregistry.v1+json'
const refusalBody = z.object({ error_code: z.int(), message: z.string() })

/** One request; the answer as parsed JSON. `what` names the thing asked for in errors. */
export async function callRegistry(
  connection: RegistryConnection,
  what: string,
  call: RegistryCall,
): Promise<unknown> {
  const answer = await send(connection, call).catch((cause: unknown) => {
    throw connectionError(cause, connection.url)
  })
  const json = parsed(answer.text)
  if (answer.status >= 200 && answer.status < 300) return json
  const refusal = refusalBody.safeParse(json)
  // A proxy in between refuses in other words.
  const { error_code, message } = refusal.data ?? {
    error_code: answer.status,
    message: `HTTP ${answer.status}`,
  }
  // It may repeat what it was sent.
  const redact = redactor(connection.auth === undefined ? [] : [connection.auth.password])
  throw errorOfRefusal(new RegistryRefusal(error_code, redact(message)), what)
}

interface Answer {
  readonly status: number
  readonly text: string
}

function send(connection: RegistryConnection, { path, body }: RegistryCall): Promise<Answer> {
  const url = new URL(connection.url.replace(/\/+$/, '') + path)
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest
  const options = {
    ...credentials(connection),
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: contentType, ...(body === undefined ? {} : { 'content-type': contentType }) },
    signal: AbortSignal.timeout(connection.timeoutMs ?? 10_000),
  }
  return new Promise((resolve, reject) => {
    const sending = request(url, options)
    sending.once('error', reject)
    sending.once('response', response => void received(response).then(resolve, reject))
    sending.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function credentials({ auth, tls }: RegistryConnection): RequestOptions {
  return {
    ...(auth === undefined ? {} : { auth: `${auth.username}:${auth.password.reveal()}` }),
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key.reveal() }),
  }
}

async function received(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function connectionError(cause: unknown, url: string): MigrationError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (isTlsFailure(code))
    return new MigrationError('registry.tls', `No TLS with the schema registry at ${place(url)}: ${code}`, {
      cause,
    })
  return new MigrationError('registry.unreachable', `No answer from the schema registry at ${place(url)}`, {
    cause,
  })
}

/** The address without a user and password that it may hold. */
function place(url: string): string {
  return new URL(url).origin
}
