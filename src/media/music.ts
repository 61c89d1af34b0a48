import { telephoneHz } from './decoded.ts'
import { toShared } from './decode.ts'
import { writeTone } from './sine.ts'
import type { Generated } from './tones.ts'

/** Four chords of a slow progression in C, each broken into notes; octaves of a music box. */
const chords = [
  [261.63, 329.63, 392.0, 493.88],
  [220.0, 261.63, 329.63, 392.0],
  [174.61, 261.63, 349.23, 440.0],
  [196.0, 246.94, 293.66, 440.0],
]
const pattern = [0, 1, 2, 3, 2, 1]
const noteMs = 500
const ringMs = 2_200

/** Something gentle to wait by: twelve seconds of broken chords, softly struck, that follow on themselves. */
export function generateMusic(): Generated {
  const notes = chords.flatMap((chord) => pattern.map((step) => chord[step] ?? 0))
  const length = (notes.length * noteMs * telephoneHz) / 1_000
  const samples = new Int16Array(length)
  notes.forEach((hz, index) => addNote(samples, (index * noteMs * telephoneHz) / 1_000, hz))
  return { samples: toShared([samples]), endless: true }
}

/** A note rings on into the beginning, so that the loop has no seam. */
function addNote(samples: Int16Array, begin: number, hz: number): void {
  const note = new Int16Array((ringMs * telephoneHz) / 1_000)
  const fade = { everyMs: 10, byDb: 0.25, rises: false }
  writeTone(note, { hz: [hz], amplitude: 0.12, fade })
  writeTone(note, { hz: [2 * hz], amplitude: 0.03, fade: { everyMs: 10, byDb: 0.5, rises: false } })
  const attack = telephoneHz / 50
  for (let i = 0; i < note.length; i++) {
    const at = (begin + i) % samples.length
    const shape = Math.min(1, i / attack, (note.length - i) / attack)
    samples[at] = (samples[at] ?? 0) + (note[i] ?? 0) * shape
  }
}
