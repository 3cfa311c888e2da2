import { describe, expect, test } from 'vitest'
import { cpuOfStat, cpuSecondsOf, peakMemoryMbOf, peakOfStatus } from '../../../bench/process-usage.ts'

describe('what a process has used', () => {
  test('CPU is found behind a name that holds blanks and brackets', () => {
    const stat = '42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 25 75 20 0 1 0 999'
    expect(cpuOfStat(stat)).toEqual({ own: 2, ended: 1 })
  })

  test('peak memory is the high-water mark, not what is in use now', () => {
    expect(peakOfStatus('VmPeak:\t 9999999 kB\nVmHWM:\t  262144 kB\nVmRSS:\t  1024 kB\n')).toBe(256)
    expect(peakOfStatus('Name: x\n')).toBeNaN()
  })

  test.runIf(process.platform === 'linux')('this process has used some of both', () => {
    const before = cpuSecondsOf(process.pid)
    // In steps of a hundredth of a second.
    const until = performance.now() + 60_000
    while (performance.now() < until && cpuSecondsOf(process.pid) <= before) Math.sqrt(until)
    expect(cpuSecondsOf(process.pid)).toBeGreaterThan(before)
    expect(peakMemoryMbOf(process.pid)).toBeGreaterThan(10)
  })
})
