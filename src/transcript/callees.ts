import { Failure, type Clock } from '../base/index.ts'
import { nameOfTarget, type Target } from '../call/index.ts'
import type { Callee, DialledCallee } from '../drivers/simulator/index.ts'
import type { ScriptedCallee } from './transcript.ts'

/** Whoever nobody says anything about lets it ring. */
const usually: Omit<ScriptedCallee, 'name'> = { does: 'rings', afterMs: 0, sendsEarly: false }

/** The people whom the house calls: each call takes the next thing that was said of its callee, or the last again. */
export class ScriptedCallees {
  readonly #clock: Clock
  readonly #scripts: ScriptedCallee[]
  readonly #callees = new Map<string, Callee>()

  constructor(clock: Clock, scripts: readonly ScriptedCallee[]) {
    this.#clock = clock
    this.#scripts = [...scripts]
  }

  willDo(script: ScriptedCallee): void {
    this.#scripts.push(script)
  }

  /** @throws DIAL_NOT_REGISTERED when that is what was said of them */
  readonly onDial = ({ target, callee }: DialledCallee): void => {
    const names = namesOf(target)
    const script = this.#take(names)
    if (script.does === 'is not registered') {
      throw new Failure('DIAL_NOT_REGISTERED', {
        username: names[0] ?? '',
        realm: 'realm' in target ? target.realm : '',
      })
    }
    for (const name of names) this.#callees.set(name, callee)
    void this.#perform(callee, script)
  }

  /** Everybody who was called last by some name. */
  get all(): readonly Callee[] {
    return [...this.#callees.values()]
  }

  /** Whoever was called by `name` last. */
  find(name: string): Callee | undefined {
    return this.#callees.get(name)
  }

  #take(names: readonly string[]): Omit<ScriptedCallee, 'name'> {
    const theirs = this.#scripts.filter(({ name }) => names.includes(name))
    const [first, second] = theirs
    if (first !== undefined && second !== undefined) this.#scripts.splice(this.#scripts.indexOf(first), 1)
    return first ?? usually
  }

  async #perform(
    callee: Callee,
    { does, status, sendsTo = '', afterMs, sendsEarly }: Omit<ScriptedCallee, 'name'>,
  ): Promise<void> {
    await this.#clock.sleep(0)
    if (does !== 'vanishes' && does !== 'turns away') callee.ring()
    if (sendsEarly) callee.sendsEarly()
    if (does === 'rings') return
    await this.#clock.sleep(afterMs)
    if (does === 'answers') callee.answer()
    if (does === 'refuses' || does === 'turns away') callee.refuse(status ?? 486)
    if (does === 'sends on') callee.sendsTo({ user: sendsTo, realm: callee.other.realm })
    if (does === 'vanishes') callee.vanish()
  }
}

/** What a transcript may call a target: by all of its name, or by the user. */
function namesOf(target: Target): readonly string[] {
  const name = nameOfTarget(target)
  const [user = name] = name.split('@')
  return user === name ? [name] : [name, user]
}
