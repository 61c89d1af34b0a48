import type { Verb } from '../verb.ts'
import { dial } from './dial.ts'
import { enqueue } from './enqueue.ts'
import { gather } from './gather.ts'
import { hangup } from './hangup.ts'
import { leave } from './leave.ts'
import { pause } from './pause.ts'
import { play } from './play.ts'
import { record } from './record.ts'
import { redirect } from './redirect.ts'
import { refer } from './refer.ts'
import { reject } from './reject.ts'
import { say } from './say.ts'
import { set } from './set.ts'

/** The verbs that are carried out, by name. */
export const verbs: ReadonlyMap<string, Verb> = new Map(
  [say, play, gather, record, dial, enqueue, leave, pause, redirect, refer, hangup, reject, set].map((verb) => [
    verb.name,
    verb,
  ]),
)
