/**
 * A column name as an Avro name. Characters that Avro does not allow become `_u` and their UTF-16 code in four hex digits;
 * so does an underscore that would otherwise read like such an escape. Different names never become one.
 */
export function avroName(name: string): string {
  let result = ''
  for (let i = 0; i < name.length; i++) {
    const character = name.charAt(i)
    const allowed = i === 0 ? /[A-Za-z_]/ : /\w/
    const plain = allowed.test(character) && !/^_u[0-9a-f]{4}/.test(name.slice(i, i + 6))
    result += plain ? character : `_u${name.charCodeAt(i).toString(16).padStart(4, '0')}`
  }
  return result
}

/** The name of a record: as Debezium adjusts it, with underscores for what Avro does not allow. Not reversible, nor need it be. */
export function avroRecordName(name: string): string {
  return name
    .split('.')
    .map(part => part.replace(/\W/g, '_').replace(/^(?=\d|$)/, '_'))
    .join('.')
}
