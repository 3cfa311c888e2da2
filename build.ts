import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

/** Compiled code of other packages is found by its own loader; `pg-native` is not installed. */
const notBundled = ['@node-rs/crc32', 'lz4-napi', 'pg-native']

/** Some of what is bundled looks for `require` at run time. */
const requireForBundled =
  "import { createRequire as createRequireForBundled } from 'node:module'; const require = createRequireForBundled(import.meta.url);"

const root = import.meta.dirname
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['cli/main.ts'],
  outdir: 'dist',
  outbase: '.',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: notBundled,
  banner: { js: requireForBundled },
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  plugins: [bundledRequire()],
})
writeFileSync(join(dist, 'licenses.txt'), licenseTexts(metafile))

/** A `require` made at run time is not followed; without it, the parts of kafkajs that are asked for are bundled. */
function bundledRequire(): Plugin {
  const made = 'const require = createRequire(import.meta.url)\n'
  return {
    name: 'bundled-require',
    setup(bundling) {
      bundling.onLoad({ filter: /[\\/]kafkajs[\\/]internals\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        if (!source.includes(made)) throw new Error(`${path} makes its require in another way`)
        return { contents: source.replace(made, '\n'), loader: 'ts' }
      })
    },
  }
}

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
