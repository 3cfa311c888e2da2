import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { bitString, bool, integer, objectId, octets, sequence, set, tagged, text, time } from './der.ts'

/** A key with the certificate for it, both PEM. */
export interface Certified {
  readonly key: string
  readonly cert: string
}

/** Whose certificate: a common name, and the host names and addresses that it is for. */
export interface Subject {
  readonly commonName: string
  readonly hosts?: readonly string[]
  /** The last moment of its validity; tomorrow by default. */
  readonly until?: Date
}

/** Signs certificates. Trust it by `cert`. */
export interface Authority {
  readonly cert: string
  issue(subject: Subject): Certified
}

const dayMs = 86_400_000
const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
}

/** An authority that nobody knows yet, with a key of its own. */
export function newAuthority(commonName: string): Authority {
  const keys = newKeys()
  const own = { issuer: commonName, signer: keys.privateKey }
  const constraints = extension(oid.basicConstraints, sequence(bool(true)))
  return {
    cert: certificate({ commonName }, keys.publicKey, { ...own, extensions: [constraints] }),
    issue(subject) {
      const { publicKey, privateKey } = newKeys()
      const hosts = subject.hosts ?? []
      const extensions = hosts.length === 0 ? [] : [alternativeNames(hosts)]
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      return { key, cert: certificate(subject, publicKey, { ...own, extensions }) }
    },
  }
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

interface Issue {
  readonly issuer: string
  readonly signer: KeyObject
  readonly extensions: readonly Buffer[]
}

function certificate(subject: Subject, key: KeyObject, { issuer, signer, extensions }: Issue): string {
  const algorithm = sequence(objectId(oid.ecdsaWithSha256))
  const until = subject.until ?? new Date(Date.now() + dayMs)
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.from([1, ...randomBytes(8)])),
    algorithm,
    name(issuer),
    sequence(time(new Date(until.getTime() - 2 * dayMs)), time(until)),
    name(subject.commonName),
    key.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [tagged(3, sequence(...extensions))]),
  )
  const signed = sequence(body, algorithm, bitString(sign('sha256', body, signer)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(objectId(oid.commonName), text(commonName))))
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map(host =>
    isIPv4(host)
      ? tagged(7, Buffer.from(host.split('.').map(Number)), 'primitive')
      : tagged(2, Buffer.from(host), 'primitive'),
  )
  return extension(oid.alternativeNames, sequence(...names))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), octets(value))
}
