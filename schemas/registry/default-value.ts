import type { AvroRecord, AvroType } from './avro-type.ts'

/** Whether a JSON value is a default of the type. A union's default may be of any branch, as Avro 1.12 has it. */
export function isDefaultOf(type: AvroType, json: unknown): boolean {
  switch (type.kind) {
    case 'null':
      return json === null
    case 'boolean':
      return typeof json === 'boolean'
    case 'int':
      return typeof json === 'number' && Number.isInteger(json) && json >= -(2 ** 31) && json < 2 ** 31
    case 'long':
      return typeof json === 'number' && Number.isInteger(json)
    case 'float':
    case 'double':
      return typeof json === 'number'
    case 'bytes':
    case 'string':
    case 'enum':
    case 'fixed':
      return typeof json === 'string'
    case 'array':
      return Array.isArray(json) && json.every(item => isDefaultOf(type.items, item))
    case 'map':
      return isObject(json) && Object.values(json).every(value => isDefaultOf(type.values, value))
    case 'union':
      return type.branches.some(branch => isDefaultOf(branch, json))
    case 'record':
    case 'error':
      return isObject(json) && isRecordDefault(type, json)
  }
}

function isRecordDefault(type: AvroRecord, json: Readonly<Record<string, unknown>>): boolean {
  return type.fields.every(field =>
    field.name in json ? isDefaultOf(field.type, json[field.name]) : field.default !== null,
  )
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
