import { operatorSql } from '../../../databases/postgres/operator-sql.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'

/** How values of a key column are compared, as SQL. */
export interface KeyOperators {
  readonly equal: string
  readonly above: string
  readonly upTo: string
}

// They have an order of the server's own, and nobody can give them another.
const builtIn = new Set(
  (
    'bool bytea char name int2 int4 int8 oid text varchar bpchar uuid numeric float4 float8 date time timetz timestamp timestamptz ' +
    'interval inet cidr macaddr bit varbit'
  ).split(' '),
)
const firstMadeOid = 16_384

const isBuiltIn = ({ oid, name }: ColumnType): boolean => oid < firstMadeOid && builtIn.has(name)

/** Those of keys about whose types nothing has to be found out, which costs more than all else about a small table; else null. */
export function plainOperators(table: TableSchema): readonly KeyOperators[] | null {
  if (!keyTypes(table).every(type => type !== null && isBuiltIn(type))) return null
  return table.key.map(() => ({ equal: '=', above: '>', upTo: '<=' }))
}

/**
 * SQL that gives the `KeyOperators` of types, $1, as JSON: those of the type's own order, by which ORDER BY sorts whatever index there is.
 * It lies in the default class, of the type itself or of one that it can be taken for. Enums, arrays and the like have none of their own.
 */
export const keyOperatorsSql = `
(SELECT coalesce(json_agg(json_build_object(
   'equal', coalesce(found.equal, '='), 'above', coalesce(found.above, '>'), 'upTo', coalesce(found.up_to, '<=')) ORDER BY k.place), '[]')
 FROM unnest($1::oid[]) WITH ORDINALITY AS k(type, place)
 LEFT JOIN LATERAL (
   SELECT max(op.sql) FILTER (WHERE m.amopstrategy = 3) AS equal,
          max(op.sql) FILTER (WHERE m.amopstrategy = 5) AS above,
          max(op.sql) FILTER (WHERE m.amopstrategy = 2) AS up_to
   FROM (SELECT o.opcfamily, o.opcintype
         FROM pg_catalog.pg_opclass o
         JOIN pg_catalog.pg_type t ON t.oid = o.opcintype
         JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod
         WHERE am.amname = 'btree' AND o.opcdefault AND (o.opcintype = k.type OR EXISTS (
           SELECT FROM pg_catalog.pg_cast c
           WHERE c.castsource = k.type AND c.casttarget = o.opcintype AND c.castmethod = 'b' AND c.castcontext = 'i'))
         ORDER BY o.opcintype = k.type DESC, t.typispreferred DESC LIMIT 1) class
   JOIN pg_catalog.pg_amop m ON m.amopfamily = class.opcfamily AND m.amoplefttype = class.opcintype AND m.amoprighttype = class.opcintype
   JOIN pg_catalog.pg_operator p ON p.oid = m.amopopr
   JOIN pg_catalog.pg_namespace n ON n.oid = p.oprnamespace
   CROSS JOIN LATERAL (SELECT ${operatorSql} AS sql) op
 ) found ON true)`

/** For `keyOperatorsSql`. */
export function keyTypeOids(table: TableSchema): readonly number[] {
  return keyTypes(table).map(type => type?.oid ?? 0)
}

/** The types of the key's columns, below all domains, in key order. */
function keyTypes(table: TableSchema): readonly (ColumnType | null)[] {
  return table.key.map(name => {
    const column = table.columns.find(candidate => candidate.name === name)
    return column === undefined ? null : belowDomains(column.type)
  })
}

function belowDomains(type: ColumnType): ColumnType {
  return type.kind === 'domain' ? belowDomains(type.base) : type
}
