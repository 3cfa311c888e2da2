import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import { openMigration } from '../support/migration/open-migration.ts'

failOnLeaks()

test('rows are deleted and get other keys although their other columns take no empty value', async () => {
  const migration = await openMigration({
    tables: `
      CREATE TYPE mood AS ENUM ('fine', 'sad');
      CREATE TYPE pair AS (a int, b text);
      CREATE TABLE things (
        id int PRIMARY KEY, u uuid NOT NULL, m mood NOT NULL, j jsonb NOT NULL, i inet NOT NULL, v interval NOT NULL,
        r int4range NOT NULL, p pair NOT NULL, a uuid[] NOT NULL, b box NOT NULL, l pg_lsn NOT NULL, x xml NOT NULL,
        t tsvector NOT NULL, d date NOT NULL, n numeric NOT NULL, bits bit(3) NOT NULL, s text NOT NULL
      );
      INSERT INTO things SELECT n, gen_random_uuid(), 'fine', '{}', '::1', '1 day', '[1,2)', '(1,b)', ARRAY[gen_random_uuid()],
        '((0,0),(1,1))', '0/1', '<x/>', 'word', '2026-01-01', 1.5, '101', 'text' FROM generate_series(1, 10) n`,
  })
  await migration.start('run')
  await migration.copied()
  await migration.sql('DELETE FROM things WHERE id = 7')
  await migration.sql('UPDATE things SET id = id + 100 WHERE id > 8')
  await migration.drained()
  await migration.expectEqual()
  expect((await migration.status()).targets.map(({ parked }) => parked)).toEqual([0])
})
