/**
 * The collation of a column `a` of type `t`: only where it is not the type's own, or calls different texts equal. `collation` and
 * `namespace`: what the query calls that of the column in pg_collation, and its schema. One for all: a difference between the
 * description of a table and the look at it before it is read would have the connector start again for ever.
 */
export function collationSql(collation: string, namespace: string): string {
  return `CASE WHEN a.attcollation <> t.typcollation OR NOT ${collation}.collisdeterministic
            THEN pg_catalog.quote_ident(${namespace}.nspname) || '.' || pg_catalog.quote_ident(${collation}.collname) END`
}
