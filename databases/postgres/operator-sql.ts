/**
 * SQL that prints an operator `p` of pg_operator, in the schema `n` of pg_namespace, for use in other SQL. A bare name is looked for along
 * the session's search path, where an extension's operators need not be: another type's would be taken, or none be found.
 */
export const operatorSql = `CASE WHEN n.nspname = 'pg_catalog' THEN p.oprname::text
  ELSE 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || p.oprname || ')' END`
