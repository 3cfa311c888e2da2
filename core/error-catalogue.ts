import { ask, checkFailed, halt, retry } from './error-entries.ts'
import type { ErrorEntry } from './errors.ts'
import { sourceErrors } from './source-errors.ts'

/** All error codes, in the order in which docs/errors.md lists them. */
export const errorCatalogue = {
  'config.invalid': ask(
    'The configuration file has problems; all of them are listed with their paths.',
    'Correct every listed path. `switchback init` prints a commented example.',
  ),
  'config.unreadable': ask(
    'The configuration file cannot be read or is not YAML.',
    'Check the path and the YAML syntax at the line the message names.',
  ),
  'secret.missing': ask(
    'A password, key or certificate is taken from an environment variable or file that is not there, or that holds something else.',
    'Set the variable or create the file that the message names.',
  ),
  'confirmation.missing': ask(
    'The command removes something and was not confirmed.',
    'Answer `yes` when asked, or give --yes where nobody can be asked.',
  ),
  'drop.incomplete': retry(
    'Some of what the migration made could not be removed, since a server could not be reached.',
    'Run `switchback drop` again when the server can be reached. If it is gone for good, nothing is left to remove there.',
  ),
  'status.incomplete': retry(
    'The status is shown without what could not be asked.',
    'Check the servers that the message names; `switchback check` says more about them.',
  ),
  'dead_letter.unknown': ask(
    'The command names no parked event of the target.',
    'Take the places from `switchback dead-letters list`.',
  ),
  'target.unknown': ask(
    'The configuration has no target of that name.',
    'Use one of the names under targets in the configuration.',
  ),
  'http.cannot_listen': ask(
    'The configured address cannot be listened on: it is taken, or not of this machine.',
    'Choose another port under http or registry.listen, or end the process that has it.',
  ),
  'check.failed': {
    decision: 'ask',
    exit: 3,
    meaning: 'The preflight check found problems; nothing was changed.',
    remedy:
      'Correct every finding of severity error, then run `switchback check` again. A connector that starts for the first time checks the source as well.',
  },
  'kafka.unreachable': retry(
    'No Kafka broker answers at the configured addresses.',
    'Check kafka.brokers, the network and the broker. Switchback keeps trying while it runs.',
  ),
  'kafka.denied': ask(
    'Kafka refuses the credentials or the client lacks a right.',
    'Check kafka.sasl, and grant the rights that docs/kafka.md lists.',
  ),
  'kafka.tls': ask(
    'No encrypted connection to a Kafka broker: its certificate or ours is refused, or it does not speak TLS there.',
    'Check kafka.tls.ca, kafka.tls.cert and kafka.tls.key against the certificate of the broker, which must be for the host that the brokers advertise, and the port of kafka.brokers.',
  ),
  'kafka.fenced': halt(
    'Another instance with the same transactional id has started; this one is not allowed to publish any more.',
    'Keep exactly one connector per migration. If the other instance is wanted, end this one for good.',
  ),
  'kafka.topic_mismatch': halt(
    'A topic exists with other partitions or settings than the migration needs.',
    'Delete the topic if it is left over from another migration (`switchback drop`), or correct kafka.partitions. Where somebody gave the topic more partitions, drop the migration and start it again.',
  ),
  'kafka.topic_missing': halt(
    'A topic that the migration needs does not exist, lacks a partition, or is another one than it was: it was deleted.',
    'What it held is gone from Kafka. Drop the migration and start it again.',
  ),
  'kafka.record_too_large': halt(
    'A record is larger than the topic accepts.',
    'Raise kafka.maxRecordBytes together with the broker limit message.max.bytes, or shrink the row.',
  ),
  'kafka.offset_lost': halt(
    'The topic no longer holds the offset at which this target must go on: retention passed it, or the topic was recreated.',
    'The rows in between are gone from Kafka. Drop the migration and start it again, with longer retention.',
  ),
  'kafka.corrupt_batch': halt(
    'A record batch read from Kafka cannot be decoded: it is damaged, or in a format older than Kafka 0.11.',
    'Check the broker log and disks for the topic, partition and offset that the message names.',
  ),
  'kafka.compression_unsupported': halt(
    'A record batch is compressed with a codec that Switchback does not read. Uncompressed, lz4 and gzip are read.',
    'Let the other producer of that topic write uncompressed, with lz4 or with gzip, and remove compression.type from the topic.',
  ),
  'kafka.too_old': ask('The Kafka broker lacks a request that Switchback needs.', 'Use Kafka 2.5 or later.'),
  'kafka.client_version': halt(
    'Another version of the Kafka client library is installed than the one that Switchback was built on.',
    'Install the dependencies from the lock file again.',
  ),
  'kafka.failed': halt(
    'Kafka answered with an error that no rule covers.',
    'Read the cause. Nothing was published beyond the last committed transaction.',
  ),
  'state.unreadable': halt(
    'A record of the state topic cannot be read by this version.',
    'Use the version of Switchback that wrote it, or a newer one that lists this format.',
  ),
  'state.incomplete': halt(
    'Records of the state topic are missing that belong to others that are there: they were deleted.',
    'Restore the state topic from a copy. Otherwise drop the migration (`switchback drop`) and start it again.',
  ),
  ...sourceErrors,
  'postgres.unreachable': retry(
    'A PostgreSQL server cannot be reached, closed the connection or is starting or stopping.',
    'Check host, port, network and the server. Switchback keeps trying while it runs.',
  ),
  'postgres.auth': ask(
    'PostgreSQL refuses the user or the password.',
    'Check user and password of the connection, and pg_hba.conf of the server.',
  ),
  'postgres.tls': ask(
    'No encrypted connection to the PostgreSQL server: its certificate or ours is refused, or it does not offer TLS.',
    'Check ssl.mode, ssl.ca, ssl.cert and ssl.key of the connection against the certificate of the server.',
  ),
  'postgres.denied': ask(
    'The PostgreSQL user lacks a privilege.',
    'Grant the privilege that the message names; `switchback check` lists all that are missing.',
  ),
  'postgres.database_missing': ask(
    'The PostgreSQL server has no database of this name.',
    'Correct the database of the connection, or create it.',
  ),
  'postgres.read_only': retry(
    'The server takes no writes: it is a standby, or set to read only. After a failover we may be on the old primary.',
    'Point the configuration at the primary if it does not pass by itself. Switchback keeps trying while it runs.',
  ),
  'postgres.conflict': retry(
    'A statement lost against something else: deadlock, serialization failure, lock not available, cancelled, timed out.',
    'Nothing to do if it passes. If it stays, find the session that holds the lock in pg_stat_activity.',
  ),
  'postgres.full': retry(
    'The PostgreSQL server has run out of disk, memory or connections.',
    'Make room on the server. Switchback keeps trying while it runs.',
  ),
  'postgres.row_refused': halt(
    'PostgreSQL refuses a value or a row: it does not fit the type or breaks a constraint.',
    'The message names the constraint or the SQLSTATE. Correct the table or the row.',
  ),
  'postgres.failed': halt(
    'PostgreSQL or its driver answered with an error that no rule covers.',
    'Read the message. Nothing was acknowledged beyond what is stored.',
  ),
  'registry.unreachable': retry(
    'The schema registry does not answer, or answers that it cannot at the moment.',
    'Check registry.url, the network and the registry. Switchback keeps trying while it runs.',
  ),
  'registry.contended': retry(
    'Other embedded schema registries write to the same topic all the time.',
    'Usually it ends by itself. If not, look for processes that register ever new schemas.',
  ),
  'registry.denied': ask(
    'The schema registry refuses the credentials or the client lacks a right.',
    'Check registry.username and registry.password, and allow the client to register and read schemas.',
  ),
  'registry.tls': ask(
    'No encrypted connection to the schema registry: its certificate is refused, or it does not speak TLS there.',
    'Check registry.ca against the certificate of the registry, which must be for the host of registry.url.',
  ),
  'registry.incompatible': halt(
    'The new schema of a topic breaks the compatibility level that the schema registry has for it.',
    'Change the level of the subject that the message names, or undo the change of the table.',
  ),
  'registry.schema_unknown': halt(
    'A record names a schema id that the schema registry does not know.',
    'Check that registry.url is the registry that the topic was written with, and that nobody deleted the schema.',
  ),
  'registry.refused': halt(
    'The schema registry refuses a request, for example because it is read-only or the schema is not valid Avro.',
    'Read the reason in the message. Nothing was registered.',
  ),
  'registry.port_taken': ask(
    'The embedded schema registry cannot listen on its address: the port is taken or the host is not this machine.',
    'Choose another port or host for the registry, or set registry.url to use one that runs.',
  ),
  'registry.corrupt': halt(
    'The topic of the embedded schema registry holds a record that no registry writes, or two schemas with one id.',
    'Find out what else writes to the topic. Restore the topic from a copy if its records were damaged.',
  ),
  'source.publication_changed': halt(
    'A table that is being migrated was taken out of the publication behind our back: changes of it are missing.',
    'Drop the migration (`switchback drop`) and start it again, and leave the publication alone.',
  ),
  'schema.key_changed': halt(
    'The primary key or replica identity of a captured table, or the type or collation of a key column, changed while it is being migrated: rows can no longer be matched, or lie in another order.',
    'Undo the change of the key, or leave the table out (source.tables.exclude) and migrate it again afterwards.',
  ),
  'source.protocol': halt(
    'The log of the source said something that its protocol does not allow.',
    'This is a fault in Switchback or the server: report it with the log. Nothing was skipped.',
  ),
  'schema.column_renamed': halt(
    'A column of a captured table was renamed while it is being migrated: rows that nobody changes would be empty in the new column.',
    'Drop the migration (`switchback drop`) and start it again; renaming the column back does not help, since the log has both names.',
  ),
  'schema.column_replaced': halt(
    'A column of a captured table was dropped, and another one was added under its name: rows that nobody changes would keep the old values in the targets.',
    'Drop the migration (`switchback drop`) and start it again. Give a column that takes the place of another one a new name.',
  ),
  'schema.key_not_copied': halt(
    'The key of a table has a generated column. Generated columns are computed again by the target and are not in the events.',
    'Give the table a replica identity or primary key without generated columns, or leave it out of the migration.',
  ),
  'event.key_unrepresentable': halt(
    'The key of a row holds a value that its Avro type cannot hold, such as NaN, so that keys would collide.',
    'Change the value in the source, or use another key for the table.',
  ),
  'event.undecodable': halt(
    'A record or its schema is not a change event that Switchback can read.',
    'Find out what wrote the record that the message names. Only change events belong into these topics.',
  ),
  'sink.taken_over': halt(
    'Another instance of the sink has taken partitions over from this one: while this process stood still, or while the consumer group still called them ours.',
    'Nothing was written by this instance since. Start it again: it takes its share. If it had not been suspended, see that both use the same brokers and group.',
  ),
  'sink.progress_changed': halt(
    'The progress in the target is not what a sink has written: rows of switchback.progress were changed or deleted.',
    'Put them back, or restore the whole target from a backup. Otherwise drop the migration (`switchback drop`), empty its tables and start it again.',
  ),
  'sink.gap': halt(
    'Events of a partition were left out between Kafka and the sink.',
    'Nothing was applied behind the gap. Start the sink again: it goes on where the target is. Please report it together with the log.',
  ),
  'sink.row_missing': halt(
    'An update or a delete found no row in the target; the event is parked.',
    'Find out who changed the target. Put the row in order, then retry or drop the parked event.',
  ),
  'sink.unique_conflict': halt(
    'A row breaks a unique constraint other than its key, and the row that gives the value away has not come yet; the event is parked.',
    'It is tried again by itself, together with all others of this kind. If it stays, another row of the target holds the value.',
  ),
  'sink.table_unknown': halt(
    'A topic holds events of a table that the state topic does not list.',
    'If the table was left out of the migration a moment ago, start the sink again. Otherwise restore the state topic, or drop the migration and start it again.',
  ),
  'target.replica_role_denied': ask(
    'The user of the target may not set session_replication_role, so triggers and foreign keys would act on our writes.',
    'Grant it: `GRANT SET ON PARAMETER session_replication_role TO <user>` (PostgreSQL 15 and later), or use a superuser.',
  ),
  'target.table_differs': checkFailed(
    'Tables or types that exist in the target cannot take the rows of the source; all of them are listed.',
    'Correct every listed one as docs/target-tables.md says, or drop the tables and let Switchback create them.',
  ),
  'target.table_not_empty': checkFailed(
    'A table of the target holds rows although the migration has copied none into it yet.',
    'Empty or drop the table, then start again. `switchback drop` forgets progress, but leaves the rows.',
  ),
  'target.object_refused': halt(
    'The target refuses to create a schema, type or table as the source has it, for example because a function or extension is missing.',
    'Create what the message names in the target, or the whole table in a form of your own, then start the sink again.',
  ),
  'target.constraint_refused': retry(
    'The target refuses an index or a constraint: rows break it for now or for good, or what it refers to is missing.',
    'It is tried again. If it stays, put the rows in order, or create what is missing; the cutover waits for it.',
  ),
  'schema.target_table_missing': halt(
    'A table that events are applied to does not exist in the target.',
    'Restore the table, or drop the migration and start it again.',
  ),
  'schema.target_column_missing': halt(
    'The source has a column that the target lacks and that cannot be added without knowing the values of its rows.',
    'Add the column to the table of the target by hand, then start the sink again.',
  ),
  'schema.older_rows_unknown': halt(
    'Rows of a table were published before it got a column, and what the source gave them in that column is not known any more.',
    'If they hold NULL there, take the default of the column at the target away (ALTER COLUMN … DROP DEFAULT or DROP IDENTITY), start the sink again, and give the default back once it has caught up. Otherwise the table must be copied again: drop the migration and start it again.',
  ),
  'schema.target_differs': halt(
    'The source changed a table in a way that the table of the target cannot follow.',
    'Change the table of the target as the message says, then start the sink again: it goes on at this event.',
  ),
  'schema.target_type_differs': halt(
    'A column of the target has a type that cannot be made or used as the events need it.',
    'Create the type, or change the column of the target to the type that the message names, then start the sink again.',
  ),
  'snapshot.schema_moved': retry(
    'A table changed its shape while a part of it was being copied.',
    'Nothing: the part is read again in the new shape.',
  ),
} as const satisfies Record<string, ErrorEntry>
