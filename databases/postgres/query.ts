import type { Client, QueryResultRow } from 'pg'
import { translateError } from './translate-error.ts'

/**
 * Runs one statement and gives its rows. `doing` says what it is for, and is in the message of the coded error it may
 * throw. The caller's type says what the statement selects.
 */
export async function query<R extends QueryResultRow = QueryResultRow>(
  client: Client,
  doing: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<R[]> {
  try {
    const result = await client.query<R, unknown[]>(sql, [...parameters])
    return result.rows
  } catch (error) {
    throw translateError(error, doing)
  }
}
