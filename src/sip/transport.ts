import type { Flow } from './session.ts'

export type OnMessage = (message: Buffer, from: Flow) => void

/** The way to the wire: three members, so that a test can be the wire. */
export interface Transport {
  /** Hands over one message; not to be changed afterwards. @returns false when it certainly cannot be delivered */
  send(message: Buffer, to: Flow): boolean
  /** Makes a connection where one is needed and there is none. @returns whether `send` has a way */
  connect(to: Flow): Promise<boolean>
  /** Whole messages go to `onMessage` from now on; keep-alives never do. */
  receive(onMessage: OnMessage): void
}

/** One that is open. */
export interface OpenTransport {
  readonly transport: Transport
  /** As bound; undefined when nobody can come in. */
  readonly port: number | undefined
  /** Now. */
  readonly connections: number
  close(): Promise<void>
}
