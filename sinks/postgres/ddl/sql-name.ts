/** One identifier as the server prints it: in double quotes, or plain where it needs none. */
const part = '(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_]*)'

/** A pattern for names of SQL with one, two or three parts, to be put into a larger one. */
export const namePattern = `${part}(?:\\.${part}){0,2}`

/** The exact parts of a name that the server printed: `shop."Order"` is `shop` and `Order`. */
export function nameParts(name: string): readonly string[] {
  return Array.from(name.matchAll(new RegExp(part, 'g')), ([text]) =>
    text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text,
  )
}

/** Whether two definitions are the same text, whichever server version printed them: versions quote different words. */
export function isSameSql(one: string, other: string): boolean {
  return plain(one) === plain(other)
}

function plain(sql: string): string {
  return sql.replaceAll(/"([a-z_][a-z0-9_]*)"/g, '$1')
}
