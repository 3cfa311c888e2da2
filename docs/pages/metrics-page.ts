import { metrics } from '../../core/metric-catalogue.ts'
import { generatedNotice, table } from './markdown.ts'

/** docs/metrics.md */
export function metricsPage(): string {
  const rows = Object.entries(metrics).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.map(label => `\`${label}\``).join(', '),
    help,
  ])
  return `# Metrics

${generatedNotice}
Every process serves \`/metrics\` for Prometheus on the port under \`http\` in its configuration, and beside it \`/healthz\` (200 while the
process lives) and \`/readyz\` (200 when every part does its work, else 503 with the reasons). All metrics carry the labels \`migration\` and
\`role\`; the process's own (\`process_cpu_seconds_total\`, \`nodejs_heap_size_used_bytes\` and so on) come with them.

${table(['name', 'type', 'labels', 'meaning'], rows)}`
}
