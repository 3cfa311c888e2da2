/** The name of a table in its database. Parts are exact: never folded, quoted or joined. */
export interface TableRef {
  readonly schema: string
  readonly name: string
}

/** An injective text for maps and logs: `public.orders`, with parts that hold a dot or a quote in double quotes. */
export function tableId(table: TableRef): string {
  return `${part(table.schema)}.${part(table.name)}`
}

function part(text: string): string {
  return /[."]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
