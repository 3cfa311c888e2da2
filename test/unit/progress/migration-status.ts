import type { MigrationStatus, TableStatus, TargetStatus } from '../../../control/migration-status.ts'

export function table(name: string, facts: Partial<TableStatus> = {}): TableStatus {
  return {
    table: `public.${name}`,
    topic: `shop.public.${name}`,
    snapshot: 'copying',
    rows: 0,
    chunks: 0,
    estimatedRows: 1000,
    ...facts,
  }
}

export function target(name: string, facts: Partial<TargetStatus> = {}): TargetStatus {
  return { name, appliedEvents: 0, lagEvents: 0, lagSeconds: 0, parked: 0, ...facts }
}

export function status(second: number, facts: Partial<MigrationStatus>): MigrationStatus {
  const at = new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()
  return { migration: 'shop', at, position: '0', tables: [], targets: [], unreachable: [], ...facts }
}
