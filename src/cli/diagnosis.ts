/** What was looked at, what was found, and what to do about it. */
export interface Diagnosis {
  readonly name: string
  readonly isGood: boolean
  readonly says: string
  readonly todo?: string
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
