// Made when it is needed: a role that shows no progress would load the tables of all languages at its start.
let whole: Intl.NumberFormat | null = null

/** `1,234,567` */
export function count(value: number): string {
  whole ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
  return whole.format(value)
}

/** `12 s`, `3:05 min`, `2:10 h` */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const rounded = Math.round(seconds)
  if (rounded < 60) return `${rounded} s`
  if (rounded < 3600) return `${Math.floor(rounded / 60)}:${twoDigits(rounded % 60)} min`
  return `${count(Math.floor(rounded / 3600))}:${twoDigits(Math.floor((rounded % 3600) / 60))} h`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
