import type { Client } from 'pg'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { createTables } from '../../sinks/postgres/ddl/create-tables.ts'

const shop = `CREATE TABLE customers (id int PRIMARY KEY, email text, CONSTRAINT "E-Mail" UNIQUE (email) INCLUDE (id));
  CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, total int, span int4range, twin int,
    CONSTRAINT "of customer" FOREIGN KEY (customer) REFERENCES customers ON DELETE CASCADE DEFERRABLE,
    CONSTRAINT twin FOREIGN KEY (twin) REFERENCES orders, CHECK (total > 0), CONSTRAINT apart EXCLUDE USING gist (span WITH &&));
  CREATE INDEX "by ""total""" ON orders (total DESC) INCLUDE (customer) WHERE total > 5; CREATE UNIQUE INDEX ON customers (lower(email))`

/** The tables `customers` and `orders` of a database. */
export async function describeShop(client: Client): Promise<readonly TableSchema[]> {
  const tables = await describeTables(
    client,
    ['customers', 'orders'].map(name => ({ schema: 'public', name })),
  )
  return tables
}

/** Makes the shop in the source, and its tables without secondary objects in the target. */
export async function copiedShop(source: Client, target: Client, more = ''): Promise<readonly TableSchema[]> {
  await source.query(`${shop};${more}`)
  const tables = await describeShop(source)
  await createTables(target, tables)
  return tables
}
