import { quoteIdentifier } from '../../../databases/postgres/quote.ts'
import type { ObjectNames } from '../object-names.ts'

/** What pgoutput is asked for: the changes of both publications, and transactions that hold nothing but a marker. */
export function pluginOptions(names: ObjectNames): readonly (readonly [name: string, value: string])[] {
  const publications = [names.publication, names.insertsPublication].map(quoteIdentifier).join(',')
  return [
    ['proto_version', '1'],
    ['publication_names', publications],
    ['messages', 'true'],
  ]
}
