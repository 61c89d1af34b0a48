import { Failure, type Clock } from '../../base/index.ts'
import { JobThread, threadFile, type Jobs } from '../job-thread.ts'
import type { FliteJob } from './flite-job.ts'
import type { SpeechProvider } from './provider.ts'

/** What one text may take: the longest that is let through takes about six seconds on a small machine. */
const mostMs = 30_000
const mostWaiting = 200

/** The built-in voice: English, a woman (slt) or a man (rms), in a thread of its own. */
export function fliteProvider(jobs: Jobs<FliteJob, Int16Array>): SpeechProvider {
  return {
    id: 'flite',
    speaks: (language) => /^en\b/.test(language),
    async synthesize({ segments, voice }) {
      const name = voice.gender === 'male' ? 'rms' : 'slt'
      return [{ kind: 'samples', samples: await jobs.run({ voice: name, segments }) }]
    },
  }
}

export function fliteThread(clock: Clock): Jobs<FliteJob, Int16Array> {
  return new JobThread({
    file: threadFile('./flite-thread.js', import.meta.url),
    clock,
    mostMs,
    mostWaiting,
    failed: (problem, cause) => new Failure('SPEECH_FAILED', { provider: 'flite', problem }, { cause }),
  })
}
