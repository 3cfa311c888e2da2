// Several instances start at once, and IF NOT EXISTS alone does not keep them apart.
const lock = `SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('switchback bookkeeping', 0))`

// Inside a transaction PostgreSQL hears of what others have made only when it opens a relation, which CREATE SCHEMA does too late.
const look = `SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'switchback'`

const schema = `CREATE SCHEMA IF NOT EXISTS switchback`

/** Statements, for the beginning of a transaction, that make the schema of our own tables unless it is there. */
export const ourSchema: readonly string[] = [lock, look, schema]
