import type { Clock } from '../../../base/index.ts'
import { LegSound } from './leg-sound.ts'
import type { Command, LegCommand, Report, RoomCommand } from './protocol.ts'
import { RoomSound } from './room.ts'
import { mediaSocket } from './socket.ts'
import { Conversation } from './talk.ts'
import { hearAcross, tellAcross } from './thread-link.ts'
import { Ticker } from './ticker.ts'
import { Voice } from './voice.ts'

export interface MediaThreadOptions {
  readonly clock: Clock
  readonly inactivityMs: number
  readonly report: (report: Report) => void
}

type Telling = Exclude<LegCommand, { do: 'open' | 'close' | 'bridge' | 'link' | 'eavesdrop' | 'eavesdropFrom' }>
type Named<C extends Command['do']> = Extract<Command, { do: C }>

/** The legs of one media thread, and their clock. It is the same whether it has a thread of its own or not. */
export class MediaThread {
  readonly #options: MediaThreadOptions
  readonly #ticker: Ticker
  readonly #legs = new Map<number, LegSound>()
  readonly #rooms = new Map<number, RoomSound>()

  constructor(options: MediaThreadOptions) {
    this.#options = options
    this.#ticker = new Ticker(options.clock)
  }

  /** Carries out one command. Never throws; commands for a leg or room that is gone do nothing. */
  take(command: Command): void {
    if ('room' in command) this.#tellRoom(this.#rooms.get(command.room), command)
    else if (command.do === 'open') this.#open(command.leg, command.host, command.port)
    else if (command.do === 'close') void this.#close(command.leg)
    else if (command.do === 'bridge') this.#bridge(command)
    else if (command.do === 'link') this.#link(command)
    else if (command.do === 'eavesdrop') this.#eavesdrop(command)
    else if (command.do === 'eavesdropFrom') this.#eavesdropFrom(command)
    else this.#tell(this.#legs.get(command.leg), command)
  }

  #tell(leg: LegSound | undefined, command: Telling): void {
    switch (command.do) {
      case 'agree':
        return leg?.agree(command.agreement)
      case 'play':
        return leg?.play(command.job, command.sound, command.times)
      case 'swap':
        return leg?.swap(command.job, command.sound)
      case 'record':
        return leg?.record(command.job, command.settings)
      case 'press':
        return leg?.press(command.job, command.keys, command.durationMs)
      case 'music':
        return leg?.music(command.job, command.samples)
      case 'recordCall':
        return leg?.taps.record(command.job, command.settings)
      case 'mask':
        return leg?.taps.mask(command.job, command.isMasked)
      case 'speaksTo':
        return leg?.taps.speaksTo(command.job, command.whom)
      case 'stop':
        return leg?.stop(command.job)
      case 'count':
        if (leg === undefined) return
        this.#options.report({ is: 'counted', leg: command.leg, job: command.job, stats: leg.stats })
    }
  }

  #tellRoom(room: RoomSound | undefined, command: RoomCommand): void {
    switch (command.do) {
      case 'openRoom':
        this.#openRoom(command.room)
        return
      case 'enter':
        this.#enter(room, command)
        return
      case 'enterFrom':
        this.#enterFrom(room, command)
        return
      case 'change':
        return room?.change(command.leg, command.as)
      case 'playRoom':
        return room?.play(command.job, command.samples, command.times)
      case 'recordRoom':
        return room?.record(command.job, command.settings)
      case 'stopRoom':
        return room?.stop(command.job)
      case 'closeRoom':
        void this.#closeRoom(room, command.room)
    }
  }

  #openRoom(room: number): void {
    const { clock, report } = this.#options
    this.#rooms.set(room, new RoomSound({ room, clock, ticker: this.#ticker, report }))
  }

  #enter(room: RoomSound | undefined, { leg, job, as }: Named<'enter'>): void {
    const sound = this.#legs.get(leg)
    if (room === undefined || sound === undefined) this.#isOver(leg, job)
    else sound.talk(room.enter(leg, job, as, () => sound.stop(job)))
  }

  #enterFrom(room: RoomSound | undefined, { leg, port, as }: Named<'enterFrom'>): void {
    if (room === undefined) port.close()
    else hearAcross(port, room.enterFrom(leg, as, tellAcross(port)))
  }

  async #closeRoom(room: RoomSound | undefined, id: number): Promise<void> {
    this.#rooms.delete(id)
    await room?.close()
    this.#options.report({ is: 'roomClosed', room: id })
  }

  #bridge({ leg, job, other }: Named<'bridge'>): void {
    const [one, two] = [this.#legs.get(leg), this.#legs.get(other.leg)]
    if (one === undefined || two === undefined) {
      this.#isOver(leg, job)
      this.#isOver(other.leg, other.job)
      return
    }
    const ofOne = new Voice(() => two.stop(other.job))
    const ofTwo = new Voice(() => one.stop(job))
    one.talk(new Conversation(job, ofOne, ofTwo))
    two.talk(new Conversation(other.job, ofTwo, ofOne))
  }

  #link({ leg, job, port }: Named<'link'>): void {
    const one = this.#legs.get(leg)
    if (one === undefined) {
      port.close()
      this.#isOver(leg, job)
      return
    }
    const ofOther = new Voice(() => one.stop(job))
    hearAcross(port, ofOther)
    one.talk(new Conversation(job, tellAcross(port), ofOther))
  }

  #eavesdrop({ leg, job, target }: Named<'eavesdrop'>): void {
    const [listener, tapped] = [this.#legs.get(leg), this.#legs.get(target.leg)]
    const ear = new Voice(() => listener?.stop(job))
    const mouth = listener === undefined ? undefined : tapped?.taps.listen(target.job, ear)
    if (tapped === undefined || listener === undefined) this.#isOver(target.leg, target.job)
    if (mouth === undefined) this.#isOver(leg, job)
    else listener?.talk(new Conversation(job, mouth, ear))
  }

  #eavesdropFrom({ leg, job, port }: Named<'eavesdropFrom'>): void {
    const tapped = this.#legs.get(leg)
    if (tapped === undefined) this.#isOver(leg, job)
    const mouth = tapped?.taps.listen(job, tellAcross(port))
    if (mouth === undefined) port.close()
    else hearAcross(port, mouth)
  }

  #isOver(leg: number, job: number): void {
    this.#options.report({ is: 'over', leg, job, how: 'stopped' })
  }

  #open(leg: number, host: string, port: number): void {
    const { clock, inactivityMs, report } = this.#options
    const socket = mediaSocket(host)
    const failed = (error: NodeJS.ErrnoException): void => {
      socket.close()
      report({ is: 'unopened', leg, code: error.code ?? '', problem: error.message })
    }
    socket.once('error', failed)
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', failed)
      this.#legs.set(leg, new LegSound({ leg, socket, clock, ticker: this.#ticker, inactivityMs, report }))
      report({ is: 'opened', leg, port: socket.address().port })
    })
  }

  async #close(leg: number): Promise<void> {
    const sound = this.#legs.get(leg)
    if (sound === undefined) return
    this.#legs.delete(leg)
    await sound.close()
    this.#options.report({ is: 'closed', leg, stats: sound.stats })
  }
}
