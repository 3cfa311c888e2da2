/** Fastify's option for a server whose routes have no JSON schemas: loading what compiles them costs more than the rest of it. */
export const noJsonSchemas = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
}

function refuse(): never {
  throw new Error('a route has a JSON schema')
}
