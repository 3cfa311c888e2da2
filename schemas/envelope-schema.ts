import type { ConnectField, ConnectSchema } from './connect-schema.ts'
import { rowLayout } from './row-layout.ts'
import type { TableSchema } from './table-schema.ts'

type Scalar = ConnectSchema['type']

const required = (field: string, type: Scalar): ConnectField => ({ type, optional: false, field })
const optional = (field: string, type: Scalar): ConnectField => ({ type, optional: true, field })

const sourceFields: readonly ConnectField[] = [
  required('version', 'string'),
  required('connector', 'string'),
  required('name', 'string'),
  required('ts_ms', 'int64'),
  {
    type: 'string',
    optional: true,
    name: 'io.debezium.data.Enum',
    version: 1,
    parameters: {
      allowed: 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental',
    },
    default: 'false',
    field: 'snapshot',
  },
  required('db', 'string'),
  optional('sequence', 'string'),
  optional('ts_us', 'int64'),
  optional('ts_ns', 'int64'),
  required('schema', 'string'),
  required('table', 'string'),
  optional('txId', 'int64'),
  optional('lsn', 'int64'),
  optional('xmin', 'int64'),
  optional('origin', 'string'),
  optional('origin_lsn', 'int64'),
]

const source: ConnectField = {
  type: 'struct',
  fields: sourceFields,
  optional: false,
  name: 'io.debezium.connector.postgresql.Source',
  version: 1,
  field: 'source',
}

const transaction: ConnectField = {
  type: 'struct',
  fields: [
    required('id', 'string'),
    required('total_order', 'int64'),
    required('data_collection_order', 'int64'),
  ],
  optional: true,
  name: 'event.block',
  version: 1,
  field: 'transaction',
}

/** Debezium's change envelope, version 2, for the rows of one table. */
export function envelopeSchema(schema: TableSchema, topic: string): ConnectSchema {
  const row: ConnectSchema = {
    type: 'struct',
    fields: rowLayout(schema).map(column => column.schema),
    optional: true,
    name: `${topic}.Value`,
  }
  return {
    type: 'struct',
    fields: [
      { ...row, field: 'before' },
      { ...row, field: 'after' },
      source,
      transaction,
      required('op', 'string'),
      optional('ts_ms', 'int64'),
      optional('ts_us', 'int64'),
      optional('ts_ns', 'int64'),
    ],
    optional: false,
    name: `${topic}.Envelope`,
    version: 2,
  }
}
