import { expect, test } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { zonedTimeCodec } from '../../../schemas/codecs/zoned-time.ts'

test.each(['', '1', '12'])('a text of %j has no offset, whatever lies before it', text => {
  const before = '10:00:00+00'
  const out = new ByteWriter(64)
  zonedTimeCodec.encode(Buffer.from(before + text), before.length, text.length, out)
  expect(out.written().subarray(1).toString()).toBe(text)
})
