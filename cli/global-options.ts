import type { Command } from 'commander'

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config: string
  readonly json: boolean
}

export function globalOptions(command: Command): GlobalOptions {
  // Commander types options as any; these two are declared on the root.
  const { config, json } = command.optsWithGlobals<{ config: string; json?: boolean }>()
  return { config, json: json === true }
}
