/** What can be measured, in the order in which it is. */
export const measurementNames = [
  'copy',
  'snapshot',
  'sourceToKafka',
  'catchUp',
  'latency',
  'idle',
  'wide',
  'kilobyte',
  'manyTables',
  'shop',
] as const

export type MeasurementName = (typeof measurementNames)[number]
