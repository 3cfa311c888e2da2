import { expect, test } from 'vitest'
import { isRetriable } from '../../../core/errors.ts'
import { translateServerError } from '../../../databases/postgres/translate-error.ts'

const of = (code: string) => translateServerError({ code, message: 'as the server says' }, 'write')

test.each([
  ['a standby after a failover', '25006', 'postgres.read_only'],
  ['a statement that somebody cancelled', '57014', 'postgres.conflict'],
  ['a deadlock', '40P01', 'postgres.conflict'],
  ['a full disk', '53100', 'postgres.full'],
  ['a server that restarts', '57P01', 'postgres.unreachable'],
])('%s is tried again', (_what, state, code) => {
  expect([of(state).code, isRetriable(of(state))]).toEqual([code, true])
})

test.each([
  ['a value that does not fit', '22003', 'postgres.row_refused'],
  ['a violated constraint', '23514', 'postgres.row_refused'],
  ['a missing privilege', '42501', 'postgres.denied'],
  ['anything that nobody classified', 'XX000', 'postgres.failed'],
])('%s is not', (_what, state, code) => {
  expect([of(state).code, isRetriable(of(state))]).toEqual([code, false])
})

test('the text of a value that is refused is shown to nobody', () => {
  const error = translateServerError({ code: '22P02', message: 'invalid input: "secret"' }, 'write')
  expect(JSON.stringify([error.message, error.details])).not.toContain('secret')
})
