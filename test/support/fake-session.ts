import type { DialogId, ReferOutcome, SessionEnd } from '../../src/sip/index.ts'

/** The transfers of a session without a network: those the far end asks for, and those we ask it for. */
export abstract class FakeSession {
  /** The statuses that transfers were reported with. */
  readonly reports: number[] = []
  /** The far end has asked for one. */
  awaitsReport = false
  /** What we asked for by REFER. */
  readonly referrals: { readonly uri: string; readonly replaces: DialogId | undefined }[] = []
  /** Says what became of the last of them. */
  refers: (outcome: ReferOutcome) => void = () => undefined

  reportTransfer(status: number): boolean {
    const awaited = this.awaitsReport
    this.awaitsReport = false
    if (awaited) this.reports.push(status)
    return awaited
  }

  refer(uri: string, replaces: DialogId | undefined, done: (outcome: ReferOutcome) => void): void {
    this.referrals.push({ uri, replaces })
    this.refers = done
  }

  /** Nothing is heard of what we asked for once the session is over; a far end that hangs up has said that all is well. */
  protected endReferral(end: SessionEnd): void {
    const isFar = end.how === 'bye' && end.by === 'far'
    this.refers(isFar ? { how: 'reported', status: 200 } : { how: 'gone' })
  }
}
