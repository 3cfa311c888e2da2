import fc from 'fast-check'

/** What has broken programs that put names into SQL, into topics, into paths or into formats. */
const fragments = [
  '"; DROP TABLE victim; --',
  `'; DROP TABLE victim; --`,
  '"',
  "'",
  '\\',
  `\\'`,
  '$$',
  '$a$',
  '$1',
  '%s',
  '%I',
  '{}',
  '/*',
  '--',
  ';',
  '.',
  '*',
  ' ',
  '\n',
  '\t',
  '\r',
  '`',
  '/../',
  '\u00fc',
  '\u{1f409}',
  '\u202e',
  '\u200b',
  'e\u0301',
  'A',
  'a',
  'select',
  'NULL',
  'table',
  'user',
  ',',
  '(',
  ')',
  '=',
  ':x',
  '@',
  '#',
]

const longestBytes = 63

/** Names that PostgreSQL takes when they are quoted: from 1 to 63 bytes. */
const hostileName: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...fragments), { minLength: 1, maxLength: 9 })
  .map(parts => shortened(parts.join('')))

/** Cut between letters to what PostgreSQL keeps of a name. */
function shortened(name: string): string {
  let kept = ''
  for (const letter of name) {
    if (Buffer.byteLength(kept + letter) > longestBytes) break
    kept += letter
  }
  return kept
}

/** Different names, the same for the same seed. */
export function hostileNames(count: number, seed: number): readonly string[] {
  const [names = []] = fc.sample(fc.uniqueArray(hostileName, { minLength: count, maxLength: count }), {
    seed,
    numRuns: 1,
  })
  return names
}

/** Texts that formats on the way give a meaning of their own. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\\.',
  '\\N',
  'NULL',
  'null',
  '\\',
  '\\\\',
  '\\t',
  '\t',
  '\n',
  '\r\n',
  '\n\\.\n',
  '\\x41',
  '\\101',
  "'",
  "''",
  '"',
  `'; DROP TABLE victim; --`,
  '$1',
  '$$',
  '%s',
  '{}',
  '{"a": "\\u0000"}',
  '\u0001\u0008\u000b\u001f\u007f',
  '\ufeff',
  '\ufffd',
  'e\u0301',
  '\u{10ffff}',
  '__debezium_unavailable_value',
  'x'.repeat(100_000),
  '\\'.repeat(5_000),
]
