import type { SchemaValue } from '../topic-records.ts'

/** A version as Confluent's interface shows it: the type is left out when it is Avro. */
export function versionBody({ subject, version, id, schema, schemaType, deleted }: SchemaValue): object {
  return {
    subject,
    version,
    id,
    ...typeOf(schemaType),
    schema,
    ...(deleted ? { deleted } : {}),
  }
}

/** A schema without its place. */
export function schemaBody({ schema, schemaType }: SchemaValue): object {
  return { ...typeOf(schemaType), schema }
}

function typeOf(schemaType: string | undefined): object {
  return schemaType === undefined || schemaType === 'AVRO' ? {} : { schemaType }
}
