/** The name of a table in its database. Parts are exact: never folded, quoted or joined. */
export interface TableRef {
  readonly schema: string
  readonly name: string
}

// Asked for every event of the log, with one object for each table.
const known = new WeakMap<TableRef, string>()

/** An injective text for maps and logs: `public.orders`, with parts that hold a dot or a quote in double quotes. */
export function tableId(table: TableRef): string {
  let id = known.get(table)
  if (id === undefined) {
    id = `${part(table.schema)}.${part(table.name)}`
    known.set(table, id)
  }
  return id
}

function part(text: string): string {
  return /[."]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
