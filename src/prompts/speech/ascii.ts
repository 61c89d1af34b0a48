const spoken: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': ', ',
  '—': ', ',
  '…': '...',
  '€': ' euros ',
  '£': ' pounds ',
  '¥': ' yen ',
  '°': ' degrees ',
  '×': ' times ',
  '½': ' one half ',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
}

const longestWord = 40

/**
 * Text as an English voice of ASCII can say it: accents are dropped, signs are written out, letters of other scripts
 * are left out. A "word" of thousands of letters, over which it would brood for minutes, is cut into pieces.
 */
export function asciiOf(text: string): string {
  return Array.from(text, (letter) => spoken[letter] ?? spoken[letter.toLowerCase()] ?? letter)
    .join('')
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, (run) => (/^\p{M}+$/u.test(run) ? '' : ' '))
    .replace(new RegExp(`\\S{${longestWord}}`, 'g'), '$& ')
}
