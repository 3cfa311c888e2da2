import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { builtOnce, cacheFolder } from '../cache-folder.ts'

const pom = fileURLToPath(new URL('pom.xml', import.meta.url))

/** The folder with the broker's jars. Maven fetches them the first time (43 MB); the folder's name follows the content of pom.xml. */
export async function brokerJars(): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12)
  return builtOnce(cacheFolder(), `kafka-${digest}`, copyJars)
}

async function copyJars(folder: string): Promise<void> {
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]
  try {
    await promisify(execFile)('mvn', args)
  } catch (cause) {
    throw new Error('the jars of Kafka could not be fetched: Maven (mvn) and Java 17 must be installed', {
      cause,
    })
  }
}
