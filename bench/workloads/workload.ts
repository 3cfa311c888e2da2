import type { Client } from 'pg'

/** Tables to move, and what is in them. */
export interface Workload {
  readonly name: string
  /** Where its tables are. */
  readonly schema: string
  /** Makes the tables, empty; on the target of the COPY pipe as well. */
  create(client: Client): Promise<void>
  /** Fills them; `rows` is what orders_lines has. */
  fill(client: Client, rows: number): Promise<void>
}
