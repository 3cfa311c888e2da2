import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { bundle } from './bundle.ts'

const root = import.meta.dirname
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const metafile = await bundle(['cli/main.ts'], dist)
writeFileSync(join(dist, 'licenses.txt'), licenseTexts(metafile))

/** The licences of all packages whose code is in the bundle, which ask to be given along. */
function licenseTexts({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap(
    path => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  )
  return [...new Set(folders)].toSorted().map(licenseText).join('\n\n')
}

function licenseText(folder: string): string {
  const manifest: { name: string; version: string; license?: string } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  )
  const files = readdirSync(join(root, folder)).filter(name => /^(licen[cs]e|notice|copying)/i.test(name))
  const texts = files.map(name => readFileSync(join(root, folder, name), 'utf8').trim())
  return [`${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`, ...texts].join('\n\n')
}
