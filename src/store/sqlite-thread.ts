import Libsql from 'libsql'
import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, Question, ThreadSettings } from './sqlite-protocol.ts'
import type { Step } from './sql.ts'

/** SQLite waits for the disk within each commit: here nobody else waits with it. */
const port = parentPort
if (port !== null) {
  // Structured clones of our own values: nobody else writes to this port.
  const { path, busyMs } = workerData as ThreadSettings
  serve(path, busyMs)
}

function serve(path: string, busyMs: number): void {
  const tell = (answer: Answer): void => port?.postMessage(answer)
  const attempt = (id: number, work: () => Answer): void => {
    try {
      tell(work())
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string }
      tell({ id, code, message })
    }
  }
  let database: Opened | undefined
  attempt(0, () => {
    database = open(path, busyMs)
    return { id: 0, results: [] }
  })
  port?.on('message', (question: Question) => {
    attempt(question.id, () => {
      if (database === undefined) throw new Error('the database is not open')
      if (question.do === 'batch') return { id: question.id, results: database.batch(question.steps) }
      if (question.do === 'run') return { id: question.id, results: [database.run(question.step)] }
      database.close()
      database = undefined
      return { id: question.id, results: [] }
    })
  })
}

type Opened = ReturnType<typeof open>

function open(path: string, busyMs: number) {
  const db = new Libsql(path, { timeout: busyMs })
  // Exclusive: a second process is refused, and no shared-memory file is needed. Full: a commit is on the disk.
  for (const pragma of ['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) {
    db.prepare(`PRAGMA ${pragma}`).all()
  }
  db.exec('BEGIN EXCLUSIVE')
  db.exec('COMMIT')
  const statements = new Map<string, ReturnType<typeof db.prepare>>()

  const prepared = (sql: string): ReturnType<typeof db.prepare> => {
    const found = statements.get(sql)
    if (found !== undefined) return found
    if (statements.size >= mostStatements) statements.clear()
    const statement = db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const run = ({ sql, parameters }: Step): { rows: readonly unknown[]; changes: number } => {
    const statement = prepared(sql)
    if (statement.reader) return { rows: statement.all(parameters), changes: 0 }
    return { rows: [], changes: statement.run(parameters).changes }
  }
  return {
    run,
    batch(steps: readonly Step[]) {
      db.exec('BEGIN IMMEDIATE')
      try {
        const results = steps.map(run)
        db.exec('COMMIT')
        return results
      } catch (error) {
        if (db.inTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
    close() {
      statements.clear()
      db.close()
    },
  }
}

/** Ours are about fifty; lists of ids make more. */
const mostStatements = 200
