import { asFailure, type Clock, type Log } from './base/index.ts'
import type { LegRecord } from './call/index.ts'
import type { JobStore } from './outbox/index.ts'
import type { Nodes } from './records/index.ts'

export interface VigilOptions {
  readonly nodes: Nodes
  readonly jobs: Pick<JobStore, 'free'>
  /** The running process. */
  readonly node: string
  /** Other processes may be using the same database now. */
  readonly isShared: boolean
  readonly clock: Clock
  readonly log: Log
  /** A leg whose process is gone. */
  readonly onOrphan: (record: LegRecord) => void
}

const beatMs = 4_000
const orphansAtOnce = 200

/** Says again and again that this process is alive, and takes over what others left behind. */
export interface Vigil {
  /** Says that this process stops. */
  close(): Promise<void>
}

/** Resolves when what was left behind by earlier processes has been taken over, as far as it can be told by now. */
export async function keepVigil(options: VigilOptions): Promise<Vigil> {
  const { nodes, node, clock, log } = options
  const closing = new AbortController()
  const round = async (): Promise<void> => {
    try {
      await takeOver(options)
    } catch (error) {
      log.warn('vigil.failed', { error: asFailure(error) })
    }
  }
  await round()
  const rounds = (async () => {
    while (!closing.signal.aborted) {
      const isOver = await clock.sleep(beatMs, closing.signal).then(
        () => false,
        () => true,
      )
      if (!isOver) await round()
    }
  })()
  return {
    async close() {
      closing.abort(new Error('closing'))
      await rounds
      await nodes.leave(node)
    },
  }
}

async function takeOver({ nodes, jobs, node, isShared, clock, log, onOrphan }: VigilOptions): Promise<void> {
  const beating = await nodes.beat(node, clock.now())
  // Nobody else can have opened a database that is not shared: whoever beat before is gone.
  const alive = isShared ? [...new Set([...beating, node])] : [node]
  const freed = await jobs.free(alive)
  if (freed > 0) log.info('vigil.jobs-freed', { jobs: freed })
  for (let taken = orphansAtOnce; taken === orphansAtOnce;) {
    const orphans = await nodes.takeOrphans(alive, node, orphansAtOnce)
    for (const orphan of orphans) onOrphan(orphan)
    taken = orphans.length
  }
}
