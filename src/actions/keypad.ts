const keys: readonly (readonly [RegExp, string])[] = [
  [/[abc]/g, '2'],
  [/[def]/g, '3'],
  [/[ghi]/g, '4'],
  [/[jkl]/g, '5'],
  [/[mno]/g, '6'],
  [/[pqrs]/g, '7'],
  [/[tuv]/g, '8'],
  [/[wxyz]/g, '9'],
]

/** The keys of a telephone that spell a name, accents and everything but letters left out (ITU-T E.161). */
export function keypadOf(name: string): string {
  const letters = name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('æ', 'ae')
    .replaceAll('œ', 'oe')
    .replaceAll('ł', 'l')
    .replace(/[^a-z]/g, '')
  return keys.reduce((text, [letter, key]) => text.replace(letter, key), letters)
}
