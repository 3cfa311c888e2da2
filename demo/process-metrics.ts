/** Reads the counters of a process from its /metrics, summed over their labels. */
export async function processMetrics(port: number): Promise<(name: string) => number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  const lines = (await response.text()).split('\n')
  return name =>
    lines
      .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
