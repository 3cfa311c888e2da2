interface SealedColumns {
  readonly nextOffset: string
  readonly commitOrder: string
  readonly eventOrder: string
}

/**
 * SQL for what a row of progress `p` that holds these is sealed with. Progress that is moved by hand would apply snapshot rows over
 * newer ones, or leave rows out, without an error: the seal tells it from progress that a sink has written, or that came back
 * together with its rows.
 */
export function sealOf({ nextOffset, commitOrder, eventOrder }: SealedColumns): string {
  const place = ['p.migration', 'p.topic', 'p.partition', 'p.topic_id']
  const columns = [...place, nextOffset, `${commitOrder}::numeric`, eventOrder]
  return `pg_catalog.md5(pg_catalog.jsonb_build_array(${columns.join(', ')})::text)`
}
