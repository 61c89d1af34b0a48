import type { Step } from './sql.ts'

export interface ThreadSettings {
  readonly path: string
  /** How long to wait for another process that is about to let go. */
  readonly busyMs: number
}

export type Question =
  | { readonly id: number; readonly do: 'run'; readonly step: Step }
  | { readonly id: number; readonly do: 'batch'; readonly steps: readonly Step[] }
  | { readonly id: number; readonly do: 'close' }

export interface StepResult {
  readonly rows: readonly unknown[]
  readonly changes: number
}

/** What the thread answers to the question of the same id; 0 is the opening. */
export type Answer =
  | { readonly id: number; readonly results: readonly StepResult[] }
  | { readonly id: number; readonly code: string; readonly message: string }
