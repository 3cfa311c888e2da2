/** Text as it is written in the source, without the line ends inside its paragraphs: help is wrapped to the terminal. */
export function paragraphs(text: string): string {
  return text.replaceAll(/(?<!\n)\n(?!\n)/g, ' ')
}
