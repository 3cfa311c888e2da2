import { execFile } from 'node:child_process'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { withClient } from '../../stack/postgres/connection.ts'
import type { PostgresServer } from '../../stack/postgres/start-postgres.ts'

const run = promisify(execFile)

/** A copy of a server's files, as a backup takes it. */
export interface DataCopy {
  /** Puts the copy in the place of the server's files and starts it. `promoted`: as a recovery to a point in time does, on a new timeline. */
  restore(how: 'as it was' | 'promoted'): Promise<void>
}

/** Cuts the server off, copies its files and starts it again. The copy lies in the server's own home and goes with it. */
export async function copyData(server: PostgresServer): Promise<DataCopy> {
  const folder = await withClient(server.url, async client => {
    await client.query('CHECKPOINT')
    return (await client.query<{ data_directory: string }>('SHOW data_directory')).rows[0]?.data_directory
  })
  if (folder === undefined) throw new Error('the server has no folder')
  const copy = `${folder}.copy`
  await server.kill()
  // Owners and rights belong to it.
  await run('cp', ['-a', folder, copy])
  await server.restart()
  return {
    async restore(how) {
      await server.kill()
      await rm(folder, { recursive: true })
      await run('cp', ['-a', copy, folder])
      if (how === 'promoted') {
        await appendFile(`${folder}/postgresql.conf`, `restore_command = '/bin/false'\nhot_standby = off\n`)
        await writeFile(`${folder}/recovery.signal`, '')
      }
      await server.restart()
    },
  }
}
