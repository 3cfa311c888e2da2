import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Works in a folder of its own, whose name begins as given, and removes it whatever happens. */
export async function inTemporaryFolder<T>(
  beginning: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), beginning))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
