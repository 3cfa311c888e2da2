import { readFileSync } from 'node:fs'
import { build, type Metafile, type Plugin } from 'esbuild'

/**
 * Compiled code of other packages is found by its own loader; `pg-native` is not installed. What fastify compiles JSON schemas
 * with is not asked for, and would be most of its code to parse.
 */
const notBundled = [
  '@node-rs/crc32',
  'lz4-napi',
  'pg-native',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
]

// pg asks by one whether it runs at Cloudflare: Node would load all of fetch for the answer.
const notDefined = { Response: 'undefined' }

/** Some of what is bundled looks for `require` at run time. */
const requireForBundled =
  "import { createRequire as createRequireForBundled } from 'node:module'; const require = createRequireForBundled(import.meta.url);"

/** Bundles programs with the packages they use. `cli/main.ts` becomes `<folder>/cli/main.js`. Says what went into it. */
export async function bundle(programs: readonly string[], folder: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: [...programs],
    outdir: folder,
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: notBundled,
    define: notDefined,
    banner: { js: requireForBundled },
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    plugins: [bundledRequire()],
  })
  return metafile
}

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
