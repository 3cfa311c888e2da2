import { beforeEach, expect, test } from 'vitest'
import type { Client } from 'pg'
import { requireSameLog } from '../../connectors/postgres/same-log.ts'
import { findSlot } from '../../connectors/postgres/slot.ts'
import { positionAt, type ResumePoint } from '../../connectors/resume-point.ts'
import type { ChangeStream } from '../../connectors/source.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { preparedSource } from '../support/log-reader.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

let options: ConnectionOptions
let app: Client

beforeEach(async () => {
  options = optionsOf(await freshDatabase(servers().source))
  app = await openClient(options)
  await app.query('CREATE TABLE a (id int PRIMARY KEY)')
})

/** Reads the next transaction. Gives the point behind it. */
async function readOne(stream: ChangeStream): Promise<ResumePoint> {
  for (let committedAtUs: bigint | null = null; ; ) {
    const message = stream.next()
    if (message === null) await stream.more(1_000)
    else if (message.kind === 'begin') committedAtUs = message.committedAtUs
    else if (message.kind === 'commit')
      return { after: message.end, committedAtUs, previousCommit: null, partly: null }
  }
}

test('a slot that was confirmed while it was looked at is not taken for that of a restored source', async () => {
  const { client, objects, prepared, open } = await preparedSource(options, ['a'])
  const before = await findSlot(client, objects.slot)
  if (before === null) throw new Error('there is no slot')
  const look = (published: ResumePoint) => requireSameLog(client, objects, before, published)
  await app.query('INSERT INTO a VALUES (1)')
  const stream = await open(prepared.start)
  const published = await readOne(stream)
  expect(before.confirmed).toBeLessThan(published.after)
  stream.acknowledge(positionAt(prepared.start.lineage, published))
  await stream.close()
  await expect.poll(() => findSlot(client, objects.slot)).toEqual({ confirmed: published.after })
  await look(published)
  await app.query('INSERT INTO a VALUES (2)')
  await app.query('SELECT pg_replication_slot_advance($1, pg_current_wal_insert_lsn())', [objects.slot])
  await expect(look(published)).rejects.toMatchObject({ code: 'source.log_lost' })
})
