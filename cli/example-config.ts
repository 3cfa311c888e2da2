/** What `switchback init` prints, and docs/examples/postgres-to-postgres.yaml holds. */
export const exampleConfig = `# A migration from one PostgreSQL database into another. Every key is explained in docs/configuration.md.
# Look for problems first, which changes nothing: switchback check -c migration.yaml

# Prefix of the topics, the slot, the publication and the consumer groups. Never change it while the migration lives.
migration: shop

source:
  postgres:
    host: old-database.internal
    port: 5432
    database: shop
    # Needs REPLICATION and SELECT on the tables, and ownership of them or a superuser for the publication.
    user: switchback
    password:
      env: SOURCE_PASSWORD
    # ssl:
    #   mode: verify-full
    #   ca: old-database-ca.pem
  tables:
    include: ["public.*"]
    exclude: ["public.schema_migrations"]

# Every target receives everything, at its own pace.
targets:
  - name: new
    postgres:
      host: new-database.internal
      database: shop
      # Needs to create the tables, or to write existing ones, and to set session_replication_role.
      user: switchback
      password:
        # A file in place of a variable, for secrets that are mounted.
        file: /run/secrets/target-password

kafka:
  brokers: ["kafka-1.internal:9092", "kafka-2.internal:9092"]
  # tls: {}
  # sasl:
  #   mechanism: scram-sha-512
  #   username: switchback
  #   password:
  #     env: KAFKA_PASSWORD
  # Of each table's topic; by its size if left out.
  # partitions: 4
  # 1 for a cluster of a single broker.
  replication: 3
  # Changes are kept this long: as long as the slowest target may stand still.
  retentionMs: 604800000
  maxRecordBytes: 8388608

# A registry of yours. Leave it out, and the connector serves one at the address under listen.
registry:
  # url: http://registry.internal:8081
  listen:
    host: 127.0.0.1
    port: 8081

snapshot:
  readers: 4

# /metrics, /healthz and /readyz of each process.
http:
  host: 127.0.0.1
  run: 9464
  connector: 9464
  sink: 9465
`
