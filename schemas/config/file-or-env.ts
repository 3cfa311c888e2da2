import * as z from 'zod'

/** Where a secret comes from: exactly one of the two. The value itself never stands in the configuration file. */
export const secretReference = z
  .strictObject({
    env: z.string().min(1).optional().describe('Name of the environment variable that holds the value.'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Path of a file that holds the value; a newline at its end is dropped. Relative paths start at the configuration file.',
      ),
  })
  .refine(value => (value.env === undefined) !== (value.file === undefined), {
    error: 'give exactly one of env and file',
  })
export type SecretReference = z.output<typeof secretReference>

export const pemFile = z.string().min(1).describe('Path of a PEM file, relative to the configuration file.')
