import * as z from 'zod'

export const snapshotSection = z
  .strictObject({
    readers: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('Connections that read the source in parallel while the snapshot runs.'),
    chunkBytes: z
      .int()
      .min(65_536)
      .max(1_073_741_824)
      .default(8_388_608)
      .describe(
        'Upper bound of one chunk, in bytes of the rows as text. The connector holds up to `readers` chunks in memory, encoded.',
      ),
  })
  .prefault({})
  .describe('How the existing rows are read.')
export type SnapshotConfig = Readonly<z.output<typeof snapshotSection>>

export const sinkSection = z
  .strictObject({
    writers: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe('Connections that write to one target in parallel, per process.'),
    batchBytes: z
      .int()
      .min(65_536)
      .max(1_073_741_824)
      .default(8_388_608)
      .describe(
        'Upper bound of what one target transaction applies, in bytes of records. A slow target gets less: about what it writes in two seconds.',
      ),
  })
  .prefault({})
  .describe('How targets are written.')
export type SinkConfig = Readonly<z.output<typeof sinkSection>>

const port = z.int().min(0).max(65_535).nullable().default(null)

export const httpSection = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; `0.0.0.0` in a container.'),
    run: port.describe('Port of `switchback run`. 0 takes a free one and logs it, null serves nothing.'),
    connector: port.describe('Port of `switchback connector`.'),
    sink: port.describe('Port of `switchback sink`. Several sinks on one machine: use `--http-port`.'),
  })
  .prefault({})
  .describe('Where each process serves /metrics, /healthz and /readyz.')
export type HttpConfig = Readonly<z.output<typeof httpSection>>
