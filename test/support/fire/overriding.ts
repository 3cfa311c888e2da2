/** The real part, but for some of its methods. Its own calls of itself stay its own. */
export function overriding<T extends object>(part: T, methods: Partial<T>): T {
  return new Proxy(part, {
    get(_, name) {
      if (name in methods) return Reflect.get(methods, name) as unknown
      const value: unknown = Reflect.get(part, name)
      return typeof value === 'function' ? (value.bind(part) as unknown) : value
    },
  })
}
