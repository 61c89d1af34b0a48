import { afterEach, describe, expect, test } from 'vitest'
import { Failure, systemClock } from '../base/index.ts'
import { JobThread } from './job-thread.ts'

const failed = (problem: string, cause?: unknown): Failure =>
  new Failure('SPEECH_FAILED', { provider: 'test', problem }, { cause })

/** A thread whose jobs are: hang for ever, end the thread, fail by name, or be given back with the thread's number. */
const file = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId } from 'node:worker_threads'
    parentPort.on('message', (job) => {
      if (job === 'hang') for (;;);
      if (job === 'end') process.exit(1)
      if (job === 'fail') {
        parentPort.postMessage({ failure: { code: 'MEDIA_DECODE', details: { source: 'a', problem: 'b' } } })
      } else parentPort.postMessage({ result: { job, threadId } })
    })
    parentPort.postMessage('ready')
  `)}`,
)

let thread: JobThread<string, { job: string; threadId: number }> | undefined
const open = (mostMs = 10_000, mostWaiting = 10): NonNullable<typeof thread> => {
  thread = new JobThread({ file, clock: systemClock, mostMs, mostWaiting, failed })
  return thread
}
afterEach(() => thread?.close())

describe('a thread for jobs', () => {
  test('does them in order, all in the same thread', async () => {
    const jobs = open()
    await jobs.warm()
    const done = await Promise.all(['a', 'b', 'c'].map((job) => jobs.run(job)))
    expect(done.map(({ job }) => job)).toEqual(['a', 'b', 'c'])
    expect(new Set(done.map(({ threadId }) => threadId)).size).toBe(1)
  })

  test('a job that hangs costs its own caller the deadline, and the next caller gets a new thread', async () => {
    const jobs = open(1_000)
    const first = await jobs.run('a')
    const [hung, next] = await Promise.allSettled([jobs.run('hang'), jobs.run('b')])
    expect(hung).toMatchObject({ reason: { code: 'SPEECH_FAILED', details: { problem: 'not done within 1000 ms' } } })
    expect(next).toMatchObject({ value: { job: 'b' } })
    expect(next.status === 'fulfilled' && next.value.threadId !== first.threadId).toBe(true)
  })

  test('so does a thread that dies', async () => {
    const jobs = open()
    await expect(jobs.run('end')).rejects.toMatchObject({ details: { problem: 'the thread ended' } })
    await expect(jobs.run('b')).resolves.toMatchObject({ job: 'b' })
  })

  test('a failure keeps its code', async () => {
    await expect(open().run('fail')).rejects.toMatchObject({ code: 'MEDIA_DECODE', fault: 'document' })
  })

  test('no more wait than may', async () => {
    const jobs = open(10_000, 2)
    const waiting = [jobs.run('a'), jobs.run('b')]
    await expect(jobs.run('c')).rejects.toMatchObject({ details: { problem: 'too much is waiting to be done' } })
    await Promise.all(waiting)
  })

  test('closing ends what hangs', async () => {
    const jobs = open()
    const hung = jobs.run('hang').catch((error: unknown) => error)
    await jobs.close()
    expect(await hung).toMatchObject({ details: { problem: 'the server stops' } })
    await expect(jobs.run('a')).rejects.toMatchObject({ code: 'SPEECH_FAILED' })
  })
})
