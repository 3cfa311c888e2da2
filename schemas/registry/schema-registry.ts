/** Where writers put their schemas and readers find them by id. Errors are MigrationErrors of the `registry.*` codes. */
export interface SchemaRegistry {
  /** Registers an Avro schema under a subject unless it is there, and returns its id. `registry.incompatible` when it breaks the subject's level. */
  register(subject: string, schema: object): Promise<number>
  /** The Avro schema with this id. `registry.schema_unknown` when there is none. */
  schema(id: number): Promise<object>
}
