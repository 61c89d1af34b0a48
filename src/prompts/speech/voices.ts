/** What a document's `voice` asks for. */
export interface Voice {
  readonly gender: 'female' | 'male'
  /** The provider that the voice belongs to (`polly`), when it names one. */
  readonly provider: string | undefined
  /** The provider's own name of it (`Joanna-Neural`). */
  readonly name: string | undefined
  /** The language that is part of the voice (KAZOO's `female/en-US`). */
  readonly language: string | undefined
}

const providers = ['polly', 'google', 'azure', 'elevenlabs', 'openai', 'flite', 'command']

const maleWords = new Set(['male', 'man', 'rms', 'kal', 'awb'])

/** The men among the voices of Amazon Polly: whoever is not listed is a woman. */
const malePolly = new Set(
  (
    'Adriano Andres Arthur Brian Cristiano Daniel Enrique Florian Geraint Giorgio Gregory Hans Jacek Jan Joey ' +
    'Justin Karl Kevin Lennart Liam Mads Mathieu Matthew Maxim Miguel Pedro Remi Ricardo Ruben Russell ' +
    'Sergio Stephen Takumi Thiago'
  ).split(' '),
)

/** Reads `man`, `woman`, `alice`, `male`, `female/en-US`, `Polly.Joanna-Neural`, `Google.en-US-Wavenet-B`, `slt`. */
export function readVoice(text: string): Voice {
  const [, prefix, rest] = /^([a-z]+)\.(.+)$/i.exec(text.trim()) ?? []
  const provider = prefix?.toLowerCase()
  if (provider !== undefined && rest !== undefined && providers.includes(provider)) {
    return { gender: genderOf(provider, rest), provider, name: rest, language: languageIn(rest) }
  }
  const [word = '', language] = text.trim().toLowerCase().split('/')
  const name = word === 'slt' || word === 'rms' ? word : undefined
  return { gender: maleWords.has(word) ? 'male' : 'female', provider: undefined, name, language }
}

function genderOf(provider: string, name: string): Voice['gender'] {
  if (provider === 'polly') return malePolly.has(name.split('-')[0] ?? '') ? 'male' : 'female'
  return maleWords.has(name.toLowerCase()) ? 'male' : 'female'
}

/** Google's and Azure's names begin with their language. */
function languageIn(name: string): string | undefined {
  return /^([a-z]{2,3}-[a-z]{2,4})-/i.exec(name)?.[1]?.toLowerCase()
}
