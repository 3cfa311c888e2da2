/** What every generated page begins with, after its title. */
export const generatedNotice = 'This page is generated: `npm run docs` writes it again.\n'

/** A table; bars and line ends in cells are made harmless. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${line(headings)}| ${headings.map(() => '---').join(' | ')} |\n${rows.map(line).join('')}`
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |\n`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
