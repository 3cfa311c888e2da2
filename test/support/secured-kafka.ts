import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { newAuthority } from './certificates.ts'
import { tlsListener } from './tls-listener.ts'

/** A right to something, as docs/kafka.md lists it. */
export interface KafkaRight {
  readonly principal: string
  readonly resource: 'topic' | 'group' | 'transactional'
  /** With a `*` at its end it is a prefix. */
  readonly name: string
  readonly operation: string
}

/** A broker that allows nothing to its users but what is granted. Its plain listener allows everything. */
export interface SecuredKafka {
  readonly server: KafkaServer
  grant(rights: readonly KafkaRight[]): Promise<void>
  /** How a user logs in over TLS, as in migration.yaml. */
  settings(user: string): SecuredKafkaSettings
  stop(): Promise<void>
}

export interface SecuredKafkaSettings {
  readonly brokers: readonly string[]
  readonly tls: { readonly ca: string }
  readonly sasl: {
    readonly mechanism: 'scram-sha-256'
    readonly username: string
    readonly password: { readonly file: string }
  }
}

/** `users`: name to password. */
export async function startSecuredKafka(users: Readonly<Record<string, string>>): Promise<SecuredKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-secured-kafka-'))
  const authority = newAuthority('authority of the cluster')
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, authority.cert)
  for (const [name, password] of Object.entries(users))
    writeFileSync(join(folder, `${name}.password`), `${password}\n`, { mode: 0o600 })
  const server = await startKafka({
    heapMb: 256,
    listeners: { SECURE: 'SASL_SSL' },
    users,
    properties: {
      ...tlsListener(folder, 'SECURE', authority.issue({ commonName: 'broker', hosts: ['127.0.0.1'] })),
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
      'listener.name.secure.scram-sha-256.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  })
  return {
    server,
    grant: rights => createAcls(server, rights),
    settings: user => ({
      brokers: [server.listeners['SECURE'] ?? ''],
      tls: { ca },
      sasl: {
        mechanism: 'scram-sha-256',
        username: user,
        password: { file: join(folder, `${user}.password`) },
      },
    }),
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

const resourceTypes = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  transactional: AclResourceTypes.TRANSACTIONAL_ID,
}

const operations: Readonly<Record<string, AclOperationTypes>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Delete: AclOperationTypes.DELETE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
}

async function createAcls({ brokers }: KafkaServer, rights: readonly KafkaRight[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await admin.createAcls({
      acl: rights.map(({ principal, resource, name, operation }) => ({
        resourceType: resourceTypes[resource],
        resourceName: name.replace(/\*$/, ''),
        resourcePatternType: name.endsWith('*')
          ? ResourcePatternTypes.PREFIXED
          : ResourcePatternTypes.LITERAL,
        principal: `User:${principal}`,
        host: '*',
        operation: operations[operation] ?? AclOperationTypes.UNKNOWN,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    })
  } finally {
    await admin.disconnect()
  }
}
