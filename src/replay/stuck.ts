/** Why a replay cannot go on. */
export interface Stuck {
  /** Of the log. */
  readonly line: number
  readonly problem: string
}
