import { expect, test } from 'vitest'
import { enumLabels } from '../../../sinks/postgres/ddl/required-difference.ts'
import { definitionOf } from '../../../sinks/postgres/ddl/secondary-object.ts'
import { isSameSql, nameParts } from '../../../sinks/postgres/ddl/sql-name.ts'

test('names that the server printed are taken apart exactly', () => {
  expect(nameParts('public.orders.orders_pkey')).toEqual(['public', 'orders', 'orders_pkey'])
  expect(nameParts('"My.Schema"."a""b"."it\'s ADD CONSTRAINT"')).toEqual([
    'My.Schema',
    'a"b',
    "it's ADD CONSTRAINT",
  ])
  expect(nameParts('"ÄÖ"')).toEqual(['ÄÖ'])
})

test.each([
  ['ALTER TABLE public.t ADD CONSTRAINT c CHECK ((a > 0))', 'CHECK ((a > 0))'],
  ['ALTER TABLE "S ADD CONSTRAINT x"."T" ADD CONSTRAINT "c ""d" UNIQUE (a)', 'UNIQUE (a)'],
  ['CREATE INDEX "i ON j" ON public.t USING btree (a)', 'CREATE INDEX ON public.t USING btree (a)'],
  ['CREATE UNIQUE INDEX i ON public.t USING btree (a)', 'CREATE UNIQUE INDEX ON public.t USING btree (a)'],
  ['FOREIGN KEY (a) REFERENCES b(c)', 'FOREIGN KEY (a) REFERENCES b(c)'],
])('the definition in %s leaves its own name out', (create, definition) => {
  expect(definitionOf(create)).toBe(definition)
})

test('labels of an enum are read back, whatever they hold', () => {
  const create = `CREATE TYPE "a 'AS ENUM ('"."b" AS ENUM ('so', 'it''s', E'back\\\\slash', ') AS ENUM (', '')`
  expect(enumLabels(create)).toEqual(['so', "it's", 'back\\slash', ') AS ENUM (', ''])
  expect(enumLabels('CREATE TYPE s.none AS ENUM ()')).toEqual([])
})

test('definitions are the same when only the quoting of a plain word differs', () => {
  expect(isSameSql('CHECK ("value" > 0)', 'CHECK (value > 0)')).toBe(true)
  expect(isSameSql('CHECK ("Value" > 0)', 'CHECK (value > 0)')).toBe(false)
})
