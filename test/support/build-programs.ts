import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const entries = { switchback: 'cli/main.ts', fatalRole: 'test/support/fire/fatal-role.ts' }

/** Programs that tests run as processes of their own: paths of files that Node runs without a loader. */
export type BuiltPrograms = Readonly<Record<keyof typeof entries, string>>

/**
 * Builds them into a folder of their own, so that edits do not reach a run that has begun. The folder lies inside the
 * repository, because the programs find their packages from there.
 */
export async function buildPrograms(): Promise<{ programs: BuiltPrograms; remove: () => Promise<void> }> {
  const parent = join(root, '.cache')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'programs-'))
  await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: folder,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  })
  return {
    programs: { switchback: join(folder, 'switchback.js'), fatalRole: join(folder, 'fatalRole.js') },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
