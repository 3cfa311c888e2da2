import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryCluster } from '../../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import { recordSpan } from '../../../kafka/record-span.ts'
import { RecordBatchWriter } from '../../../kafka/record-batch-writer.ts'
import { RecordCursor } from '../../../kafka/record-cursor.ts'
import { setLevel } from '../../../schemas/registry/compatibility.ts'
import { deleteSubject, deleteVersion } from '../../../schemas/registry/deletions.ts'
import { findSchema, valueWithId, versionsOf } from '../../../schemas/registry/look-up.ts'
import { setMode } from '../../../schemas/registry/modes.ts'
import { RegistryRefusal } from '../../../schemas/registry/refusal.ts'
import { checkedSchema, registerSchema } from '../../../schemas/registry/register-schema.ts'
import { openRegistryCore, type RegistryCore } from '../../../schemas/registry/registry-core.ts'

const refusal = (errorCode: number) => expect.objectContaining({ errorCode })
/** False for the refusal that is meant here; any other failure stays one. */
const isIncompatible = (error: unknown): boolean => {
  if (error instanceof RegistryRefusal && error.errorCode === 409) return false
  throw error
}
const never = new AbortController().signal

async function coreOn(cluster: MemoryCluster): Promise<RegistryCore> {
  const log = openMemoryLog(cluster)
  const core = await openRegistryCore(log, { replication: 1 }, never)
  onTestFinished(async () => {
    await core.close()
    await log.close()
  })
  return core
}

const recordOf = (...fields: readonly object[]) => JSON.stringify({ type: 'record', name: 'R', fields })
const a = { name: 'a', type: 'int' }
const b = { name: 'b', type: 'int' }
const optional = { name: 'b', type: ['null', 'int'], default: null }
const register = (core: RegistryCore, subject: string, text: string) =>
  core.write(state => registerSchema(state, subject, checkedSchema(text)))

describe('ids and versions', () => {
  test('one schema has one id under all subjects, and a subject keeps its versions', async () => {
    const core = await coreOn(new MemoryCluster())
    expect(await register(core, 's', recordOf(a))).toMatchObject({ id: 1, version: 1 })
    expect(await register(core, 's', ` ${recordOf(a)}`)).toMatchObject({ id: 1, version: 1 })
    expect(await register(core, 's', recordOf(a, optional))).toMatchObject({ id: 2, version: 2 })
    expect(await register(core, 't', recordOf(a))).toMatchObject({ id: 1, version: 1 })
  })

  test('a second registry on the topic knows what the first one wrote', async () => {
    const cluster = new MemoryCluster()
    const { id } = await register(await coreOn(cluster), 's', recordOf(a))
    const second = await coreOn(cluster)
    expect(await valueWithId(second, id)).toMatchObject({ subject: 's', version: 1 })
    expect(await register(second, 's', recordOf(a))).toMatchObject({ id, version: 1 })
  })

  test('what is written together fails only with what is too large by itself', async () => {
    const core = await coreOn(new MemoryCluster())
    // Quotes are escaped when they are stored.
    const tooLarge = JSON.stringify({ type: 'record', name: 'L', fields: [], doc: '"'.repeat(5 << 20) })
    const fitting = Array.from({ length: 31 }, (_, n) =>
      JSON.stringify({ type: 'record', name: `W${n}`, fields: [], doc: 'x'.repeat(700 << 10) }),
    )
    const outcomes = await Promise.allSettled(
      [tooLarge, ...fitting].map((text, n) => register(core, `s${n}`, text)),
    )
    const [refused, ...written] = outcomes
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'kafka.record_too_large' } })
    expect(written.filter(({ status }) => status === 'fulfilled')).toHaveLength(fitting.length)
  })

  test('registries that write at the same time never give one id to two schemas', async () => {
    const cluster = new MemoryCluster()
    const cores = await Promise.all([coreOn(cluster), coreOn(cluster), coreOn(cluster)])
    const names = Array.from({ length: 30 }, (_, index) => `F${index}`)
    const values = await Promise.all(
      names.map(async (name, index) => {
        const core = cores[index % cores.length]
        if (core === undefined) throw new Error('no core')
        return register(
          core,
          `s${index % 4}`,
          JSON.stringify({ type: 'fixed', name: 'F', size: index + 1, aliases: [name] }),
        ).catch(() => register(core, `own-${name}`, JSON.stringify({ type: 'fixed', name, size: 1 })))
      }),
    )
    expect(new Set(values.map(value => value.id)).size).toBe(names.length)
    expect(new Set(values.map(({ subject, version }) => JSON.stringify([subject, version]))).size).toBe(
      names.length,
    )
    for (const core of cores) {
      for (const value of values) expect((await valueWithId(core, value.id)).schema).toBe(value.schema)
    }
  })

  test('the same schema registered by several registries at once gets one id', async () => {
    const cluster = new MemoryCluster()
    const cores = await Promise.all([coreOn(cluster), coreOn(cluster), coreOn(cluster)])
    const values = await Promise.all(cores.map((core, index) => register(core, `s${index}`, recordOf(a))))
    expect(values.map(value => value.id)).toEqual([1, 1, 1])
  })
})

describe('compatibility', () => {
  test('a schema that cannot read the latest version is refused, and nothing is written', async () => {
    const core = await coreOn(new MemoryCluster())
    await register(core, 's', recordOf(a))
    await expect(register(core, 's', recordOf(a, b))).rejects.toThrowError(refusal(409))
    expect(await core.read(state => versionsOf(state, 's', true).length)).toBe(1)
  })

  test.each([
    ['NONE', recordOf(a, b), true],
    ['BACKWARD', recordOf(), true],
    ['FORWARD', recordOf(a, b), true],
    ['FORWARD', recordOf(), false],
    ['FULL', recordOf(a, optional), true],
    ['FULL', recordOf(a, b), false],
    ['FULL', recordOf(), false],
  ])('%s on the way to %s: %s', async (level, next, allowed) => {
    const core = await coreOn(new MemoryCluster())
    await register(core, 's', recordOf(a))
    await core.write(() => setLevel('s', level))
    expect(await register(core, 's', next).then(() => true, isIncompatible)).toBe(allowed)
  })

  test.each([
    ['BACKWARD', true],
    ['BACKWARD_TRANSITIVE', false],
  ])('%s looks at the versions it names', async (level, allowed) => {
    const core = await coreOn(new MemoryCluster())
    await core.write(() => setLevel(null, level))
    await register(core, 's', recordOf(a))
    await register(core, 's', recordOf(a, optional))
    const next = recordOf(a, { name: 'b', type: ['null', 'int'] })
    expect(await register(core, 's', next).then(() => true, isIncompatible)).toBe(allowed)
  })
})

describe('deleting', () => {
  test('what is softly deleted can be read by id and is not compared with', async () => {
    const core = await coreOn(new MemoryCluster())
    const { id } = await register(core, 's', recordOf(a))
    await core.write(state => deleteSubject(state, 's', false))
    await expect(core.read(state => versionsOf(state, 's', false))).rejects.toThrowError(refusal(40401))
    expect(await valueWithId(core, id)).toMatchObject({ deleted: true })
    expect(await register(core, 's', JSON.stringify('int'))).toMatchObject({ version: 2, id: 2 })
  })

  test('a schema that comes back after a soft deletion has its id again', async () => {
    const core = await coreOn(new MemoryCluster())
    await register(core, 's', recordOf(a))
    await core.write(state => deleteVersion(state, 's', 1, false))
    expect(await register(core, 's', recordOf(a))).toMatchObject({ id: 1, version: 2 })
  })

  test('permanently only after softly', async () => {
    const core = await coreOn(new MemoryCluster())
    await register(core, 's', recordOf(a))
    await expect(core.write(state => deleteVersion(state, 's', 1, true))).rejects.toThrowError(refusal(40407))
    await expect(core.write(state => deleteSubject(state, 's', true))).rejects.toThrowError(refusal(40405))
    await core.write(state => deleteSubject(state, 's', false))
    await expect(core.write(state => deleteSubject(state, 's', false))).rejects.toThrowError(refusal(40404))
    expect(await core.write(state => deleteSubject(state, 's', true))).toEqual([1])
    await expect(valueWithId(core, 1)).rejects.toThrowError(refusal(40403))
  })

  test('the id of a schema that is gone is not given again, also by a registry that never saw the schema', async () => {
    const cluster = new MemoryCluster()
    const core = await coreOn(cluster)
    await register(core, 's', recordOf(a))
    await core.write(state => deleteSubject(state, 's', false))
    await core.write(state => deleteSubject(state, 's', true))
    expect(await register(await coreOn(await compacted(cluster)), 's', recordOf(b))).toMatchObject({ id: 2 })
  })
})

test('nothing is registered in read-only mode', async () => {
  const core = await coreOn(new MemoryCluster())
  await register(core, 's', recordOf(a))
  await core.write(() => setMode(null, 'READONLY'))
  expect(await register(core, 's', recordOf(a))).toMatchObject({ id: 1 })
  await expect(register(core, 's', recordOf(a, optional))).rejects.toThrowError(refusal(42205))
  expect(await core.read(state => findSchema(state, 's', recordOf(a), false).id)).toBe(1)
})

test('a registry reads records that Confluent wrote, and does not judge schemas of other kinds', async () => {
  const cluster = new MemoryCluster()
  await coreOn(cluster)
  const value = {
    subject: 's',
    version: 1,
    id: 7,
    schemaType: 'PROTOBUF',
    schema: 'message A {}',
    deleted: false,
    guid: 'g',
  }
  await append(cluster, [
    ['{"keytype":"NOOP","magic":0}', null],
    ['{"keytype":"CONFIG","subject":null,"magic":0}', '{"compatibilityLevel":"FULL","alias":null}'],
    ['{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}', JSON.stringify(value)],
  ])
  const core = await coreOn(cluster)
  expect(await valueWithId(core, 7)).toEqual(value)
  expect(await core.read(state => state.level(null))).toBe('FULL')
  expect(await register(core, 't', recordOf(a))).toMatchObject({ id: 8 })
  expect(await core.write(state => deleteVersion(state, 's', 1, false))).toBe(1)
  expect(await valueWithId(core, 7)).toEqual({ ...value, deleted: true })
})

test.each([
  ['a key that is not JSON', 'x', null],
  ['a value without a schema', '{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}', '{"id":1}'],
])('a registry does not start on a topic that holds %s', async (_what, key, value) => {
  const cluster = new MemoryCluster()
  await coreOn(cluster)
  await append(cluster, [[key, value]])
  await expect(coreOn(cluster)).rejects.toThrowError(expect.objectContaining({ code: 'registry.corrupt' }))
})

const topic = '_schemas'

async function append(
  cluster: MemoryCluster,
  records: readonly (readonly [string, string | null])[],
): Promise<void> {
  const batch = new RecordBatchWriter()
  for (const [key, value] of records) {
    batch.append(recordSpan(Buffer.from(key), value === null ? null : Buffer.from(value)), null)
  }
  await openMemoryLog(cluster).append(batch.encoded(topic, 0))
}

/** Another cluster with what compaction leaves of the topic: the last value of each key, in order, without tombstones. */
async function compacted(cluster: MemoryCluster): Promise<MemoryCluster> {
  const last = new Map<string, string | null>()
  const cursor = new RecordCursor()
  const text = (start: number, end: number) => (start < 0 ? null : cursor.bytes.toString('utf8', start, end))
  await openMemoryLog(cluster).readToEnd(
    { topic, partition: 0, offset: 0n },
    batch => {
      cursor.open(batch)
      while (cursor.next()) {
        const key = text(cursor.keyStart, cursor.keyEnd) ?? ''
        last.delete(key)
        last.set(key, text(cursor.valueStart, cursor.valueEnd))
      }
    },
    never,
  )
  const other = new MemoryCluster()
  await coreOn(other)
  await append(
    other,
    [...last].filter(([, value]) => value !== null),
  )
  return other
}
