import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../bundle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const main = 'cli/main'
const fatalRole = 'test/support/fire/fatal-role'

/** Programs that tests run as processes of their own: files that Node runs without a loader. */
export interface BuiltPrograms {
  readonly switchback: string
  readonly fatalRole: string
}

/**
 * Builds them as users get them, into a folder of their own: edits do not reach a run that has begun. It lies inside the
 * repository, because the programs find compiled packages from there.
 */
export async function buildPrograms(): Promise<{ programs: BuiltPrograms; remove: () => Promise<void> }> {
  const parent = join(root, '.cache')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'programs-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await bundle([`${main}.ts`, `${fatalRole}.ts`], folder)
  } catch (cause) {
    await remove()
    throw cause
  }
  const programs = { switchback: join(folder, `${main}.js`), fatalRole: join(folder, `${fatalRole}.js`) }
  return { programs, remove }
}
