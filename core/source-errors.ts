import { ask, halt, retry } from './error-entries.ts'
import type { ErrorEntry } from './errors.ts'

/** What can be wrong with the log of a source, its slot and the shape of its tables. */
export const sourceErrors = {
  'source.log_lost': halt(
    'The log of the source cannot be joined where the migration must go on: slot, transaction or timeline is not the one it was.',
    'Changes in between are gone. Drop the migration (`switchback drop`) and start it again.',
  ),
  'source.slot_recreated': halt(
    'The replication slot was dropped and made again since the migration last used it: changes in between are gone.',
    'Drop the migration (`switchback drop`) and start it again. Find out who drops the slot.',
  ),
  'source.slot_in_use': retry(
    'Another session reads the replication slot: another instance of this connector, or its connection that has not ended yet.',
    'Keep exactly one connector per migration. Switchback keeps trying; the message names the process that holds the slot.',
  ),
  'source.slot_foreign': ask(
    'A replication slot of the name that the migration needs exists, but belongs to another database or plugin.',
    'Choose another name for the migration, or drop the slot if nothing uses it.',
  ),
  'source.table_missing': halt(
    'A table of the migration does not exist in the source (any more).',
    'Correct the table patterns, or leave the dropped table out and restart the connector.',
  ),
  'source.unlogged_partition': halt(
    'A partition of a table of the migration is unlogged or foreign: its rows would be copied, but the log does not tell what changes in it.',
    'ALTER TABLE … SET LOGGED for the partition that the message names, or detach it, or exclude the partitioned table. If it was written to since the migration began, drop the migration (`switchback drop`) and start it again.',
  ),
  'source.table_changed': retry(
    'A table was altered, and the change stream has not yet come to the place where that happened.',
    'Nothing, if it goes away by itself: the copy of the table goes on once the stream has announced the new shape.',
  ),
  'source.table_vanished': retry(
    'A table that matches the patterns was dropped while the connector started, before it was part of the migration.',
    'Nothing: the next try finds the tables that are there then. Leave tables out (source.tables.exclude) that come and go all the time.',
  ),
  'source.value_lost': halt(
    'A row got another key, and before the log was read, a column was dropped or given another type whose large value the log had not repeated.',
    'Nobody has the value that the row had then. Drop the migration (`switchback drop`) and start it again.',
  ),
  'source.log_undecodable': halt(
    'The replication stream holds a message that Switchback does not understand.',
    'Report it with the message. Nothing was acknowledged beyond what is published.',
  ),
} as const satisfies Record<string, ErrorEntry>
