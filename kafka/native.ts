import { createRequire } from 'node:module'
import type * as Crc32 from '@node-rs/crc32'
import type * as Lz4 from 'lz4-napi'

// By `require`: Node searches the whole text of CommonJS that is imported for names first, which takes longer than to run it.
const require = createRequire(import.meta.url)

/** The checksum of record batches. */
export const { crc32c }: typeof Crc32 = require('@node-rs/crc32')

/** Loaded by who has something to compress or to decompress. */
export const lz4 = (): typeof Lz4 => require('lz4-napi')
