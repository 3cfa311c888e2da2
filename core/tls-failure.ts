const prefixes = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_)/
const others: ReadonlySet<string> = new Set([
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  // The other side does not speak TLS.
  'EPROTO',
])

/** Whether Node names by this code that TLS could not be agreed on: a certificate is refused by either side, or a key does not fit. Waiting does not help. */
export function isTlsFailure(code: unknown): code is string {
  return typeof code === 'string' && (prefixes.test(code) || others.has(code))
}
