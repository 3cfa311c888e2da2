import { inspect } from 'node:util'
import { beforeEach, expect, test } from 'vitest'
import { errorReport } from '../../../core/error-report.ts'
import { Secret } from '../../../core/secret.ts'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import type { RegistryConnection } from '../../../schemas/registry/call-registry.ts'
import { remoteRegistry } from '../../../schemas/registry/remote-registry.ts'
import { type Certified, newAuthority } from '../../support/certificates.ts'
import { loginProxy } from '../../support/login-proxy.ts'
import { registryCoreOn, registryUrl } from '../../support/registry-on.ts'

const authority = newAuthority('authority of the registry')
const here = { commonName: 'registry', hosts: ['127.0.0.1'] }
const auth = { username: 'alice', password: new Secret('pläntéd:secret') }

let plain: string
beforeEach(async () => {
  plain = await registryUrl(await registryCoreOn(openMemoryLog()))
})

/** What stands in front of a registry: it ends TLS, and lets in who logs in. Counts who came that far. */
const proxy = (shown: Certified, refusal = (authorization: string) => `wrong: ${authorization}`) =>
  loginProxy({
    behind: plain,
    username: auth.username,
    password: auth.password.reveal(),
    refusal,
    shown,
  })

async function failure(connection: RegistryConnection): Promise<unknown> {
  return remoteRegistry(connection)
    .register('s', { type: 'int' })
    .then(
      () => 'registered',
      (error: unknown) => error,
    )
}

test('a registry behind TLS and a login is used like any other', async () => {
  const { url } = await proxy(authority.issue(here))
  const registry = remoteRegistry({ url, auth, tls: { ca: authority.cert } })
  const id = await registry.register('s', { type: 'int' })
  expect(await remoteRegistry({ url, auth, tls: { ca: authority.cert } }).schema(id)).toEqual({ type: 'int' })
})

const stranger = newAuthority('authority of the registry')
const refusals: readonly (readonly [string, Certified, string | undefined])[] = [
  ['without its authority', authority.issue(here), undefined],
  ['with another authority', authority.issue(here), stranger.cert],
  ['for another host', authority.issue({ ...here, hosts: ['localhost'] }), authority.cert],
  ['after its end', authority.issue({ ...here, until: new Date(Date.now() - 60_000) }), authority.cert],
]

test.each(refusals)(
  'a certificate %s is registry.tls, and nobody is told the password',
  async (_, shown, ca) => {
    const { url, seen } = await proxy(shown)
    const error = await failure({ url, auth, ...(ca === undefined ? {} : { tls: { ca } }) })
    expect(error).toMatchObject({ code: 'registry.tls' })
    expect(seen).toEqual([])
  },
)

test('a port that does not speak TLS is registry.tls', async () => {
  const url = plain.replace('http:', 'https:')
  expect(await failure({ url, auth, tls: { ca: authority.cert } })).toMatchObject({ code: 'registry.tls' })
})

const answers: readonly (readonly [how: string, refusal: (authorization: string) => string])[] = [
  ['in other words', authorization => `wrong: ${authorization}`],
  [
    'as a registry does',
    authorization => JSON.stringify({ error_code: 401, message: repeated(authorization) }),
  ],
]

const repeated = (authorization: string) =>
  `not ${authorization}: ${Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()}`

test.each(answers)(
  'a login that is refused %s is in no error, neither as it is nor encoded',
  async (_, refusal) => {
    const { url, seen } = await proxy(authority.issue(here), refusal)
    const wrong = { username: 'alice', password: new Secret('planted-wrong') }
    const error = await failure({ url, auth: wrong, tls: { ca: authority.cert } })
    expect(error).toMatchObject({ code: 'registry.denied' })
    const sent = String(seen[0]).replace('Basic ', '')
    expect(Buffer.from(sent, 'base64').toString()).toBe('alice:planted-wrong')
    const shown = JSON.stringify(errorReport(error)) + inspect(error, { depth: 9, showHidden: true })
    expect(shown).not.toContain('planted')
    expect(shown).not.toContain(sent)
  },
)
