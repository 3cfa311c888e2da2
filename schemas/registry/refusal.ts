/** The registry's answer to a request it does not carry out, with the error code of Confluent's REST interface. */
export class RegistryRefusal extends Error {
  readonly errorCode: number

  constructor(errorCode: number, message: string) {
    super(message)
    this.name = 'RegistryRefusal'
    this.errorCode = errorCode
  }

  /** The HTTP status: the first three digits of the error code. */
  get status(): number {
    return Number(String(this.errorCode).slice(0, 3))
  }
}

const refusal =
  <A extends readonly unknown[]>(errorCode: number, message: (...about: A) => string) =>
  (...about: A): RegistryRefusal =>
    new RegistryRefusal(errorCode, message(...about))

/** Every refusal, with Confluent's codes; its clients decide by them. */
export const refusals = {
  subjectNotFound: refusal(40401, (subject: string) => `Subject '${subject}' not found.`),
  versionNotFound: refusal(40402, (version: number) => `Version ${version} not found.`),
  schemaNotFound: refusal(40403, () => 'Schema not found'),
  schemaIdNotFound: refusal(40403, (id: number) => `Schema ${id} not found`),
  subjectDeleted: refusal(
    40404,
    (subject: string) => `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`,
  ),
  subjectNotDeleted: refusal(
    40405,
    (subject: string) => `Subject '${subject}' was not deleted first before being permanently deleted`,
  ),
  versionDeleted: refusal(
    40406,
    (subject: string, version: number) =>
      `Subject '${subject}' Version ${version} was soft deleted. Set permanent=true to delete permanently`,
  ),
  versionNotDeleted: refusal(
    40407,
    (subject: string, version: number) =>
      `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
  ),
  noSubjectCompatibility: refusal(
    40408,
    (subject: string) => `Subject '${subject}' does not have subject-level compatibility configured`,
  ),
  noSubjectMode: refusal(
    40409,
    (subject: string) => `Subject '${subject}' does not have subject-level mode configured`,
  ),
  incompatible: refusal(
    409,
    (subject: string, reasons: readonly string[]) =>
      `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${reasons.join(', ')}]`,
  ),
  invalidSchema: refusal(42201, (why: string) => `Invalid schema: ${why}`),
  invalidVersion: refusal(
    42202,
    (version: string) =>
      `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  ),
  invalidCompatibility: refusal(
    42203,
    () =>
      'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
  ),
  invalidMode: refusal(
    42204,
    () => 'Invalid mode. Valid values are READWRITE, READONLY and READONLY_OVERRIDE',
  ),
  notPermitted: refusal(42205, (why: string) => why),
  invalidSubject: refusal(
    42208,
    (subject: string) => `The specified subject '${subject}' is not a valid subject.`,
  ),
} as const
