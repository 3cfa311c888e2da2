import { MigrationError } from '../../core/errors.ts'

/** The text of a stored schema as an object; a bare name (`"string"`) in its long form. */
export function avroObject(text: string): object {
  const json = parsed(text)
  return typeof json === 'object' && json !== null ? json : { type: json }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MigrationError(
      'registry.refused',
      'The schema registry answered with a schema that is not JSON',
      { cause },
    )
  }
}
