import type { Secret } from './secret.ts'

/** Shorter values stand in ordinary text by chance; replacing them there would give them away. */
const shortestRedacted = 6

/**
 * The last line of defence: replaces the values of these secrets wherever they turn up in a text, also escaped as in
 * JSON. A server may repeat what it was sent in an error message.
 */
export function redactor(secrets: readonly Secret[]): (text: string) => string {
  const forms = secrets
    .map(secret => secret.reveal())
    .filter(value => value.length >= shortestRedacted)
    .flatMap(value => [value, JSON.stringify(value).slice(1, -1)])
  // Longer ones first: one secret may be the beginning of another.
  const ordered = [...new Set(forms)].toSorted((a, b) => b.length - a.length)
  return text => ordered.reduce((result, value) => result.replaceAll(value, '[secret]'), text)
}
