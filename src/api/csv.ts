import { Readable } from 'node:stream'

export type Row = Readonly<Record<string, string | number | readonly string[]>>

/**
 * A table of rows that come page by page, RFC 4180: the names of the first row's columns are the header. Nothing is
 * fetched before whoever reads has room for it.
 */
export function csvOf(pages: AsyncIterable<readonly Row[]>): Readable {
  return Readable.from(linesOf(pages), { objectMode: false })
}

async function* linesOf(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  let hasHeader = false
  for await (const rows of pages) {
    const [first] = rows
    if (first === undefined) continue
    const header = hasHeader ? [] : [Object.keys(first)]
    hasHeader = true
    yield [...header, ...rows.map((row) => Object.values(row))].map(lineOf).join('')
  }
}

const lineOf = (cells: readonly Row[string][]): string => `${cells.map(cell).join(',')}\r\n`

/** A spreadsheet would carry out what begins like this. */
const formula = /^[=+\-@\t\r]/
const number = /^[+-]?\d+(?:\.\d+)?$/

/**
 * One cell. Text that a spreadsheet takes for a formula gets an apostrophe before it, as OWASP's "CSV Injection" advises;
 * numbers, among them telephone numbers as `+15551230001`, do no harm and stay.
 */
function cell(value: Row[string]): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : value.join(' ')
  const safe = formula.test(text) && !number.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
