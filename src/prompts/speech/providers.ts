import { azureProvider } from './azure.ts'
import type { Cloud } from './cloud.ts'
import { commandProvider } from './command.ts'
import { elevenlabsProvider } from './elevenlabs.ts'
import { googleProvider } from './google.ts'
import { openaiProvider } from './openai.ts'
import { pollyProvider } from './polly.ts'
import type { SpeechProvider } from './provider.ts'

export interface Providers {
  /** Asked in this order for any speech in a language of theirs. */
  readonly ordered: readonly SpeechProvider[]
  /** Everyone there is: also those that speak only when a document names them. */
  readonly all: readonly SpeechProvider[]
}

/**
 * The providers that this machine and its environment have. Those that `order` names come first; then the built-in voice
 * and the programs of the machine. What callers hear goes to a cloud only when the operator's order or a document names
 * it: a key that happens to be in the environment is no consent.
 */
export function providersOf(
  order: readonly string[],
  builtIn: SpeechProvider,
  cloud: Cloud,
  piperVoices?: string,
): Providers {
  const { PATH = '' } = cloud.environment
  const local = [builtIn, commandProvider({ path: PATH, ...(piperVoices === undefined ? {} : { piperVoices }) })]
  const clouds = [pollyProvider, googleProvider, azureProvider, elevenlabsProvider, openaiProvider]
  const all = [...local, ...clouds.map((provider) => provider(cloud))].filter((provider) => provider !== undefined)
  const wished = order.map((id) => all.find((provider) => provider.id === id))
  const ordered = [...new Set([...wished, ...local])].filter((provider) => provider !== undefined)
  return { ordered, all }
}
