import type { Secret } from './secret.ts'

/** Shorter values stand in ordinary text by chance; replacing them there would give them away. */
const shortestRedacted = 6

/**
 * The last line of defence: replaces the values of these secrets wherever they turn up in a text, also escaped as in
 * JSON or an address, or within something in base64. A server may repeat what it was sent in an error message.
 */
export function redactor(secrets: readonly Secret[]): (text: string) => string {
  const forms = secrets
    .map(secret => secret.reveal())
    .filter(value => value.length >= shortestRedacted)
    .flatMap(value => [
      value,
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value),
      ...base64Forms(value),
    ])
  // Longer ones first: one secret may be the beginning of another.
  const ordered = [...new Set(forms)].toSorted((a, b) => b.length - a.length)
  return text => ordered.reduce((result, value) => result.replaceAll(value, '[secret]'), text)
}

/** In base64 a value looks different after 0, 1 or 2 bytes more than a multiple of three. Letters that neighbours have a share in are left out. */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].map(before =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)),
  )
}
