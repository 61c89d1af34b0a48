import type { Binding, Bindings, Flow, Phone, PhoneBook, Rebinding } from '../../src/sip/index.ts'

export const desk: Phone = {
  accountId: 'A1',
  deviceId: 'd1',
  realm: 'acme.example',
  username: 'desk',
  password: 'correct horse',
  expirySeconds: 300,
}

/** The phones of one account, the names of which are said in its realm or to the server's address. */
export function phoneBook(phones: readonly Phone[], addresses: Readonly<Record<string, Phone>> = {}): PhoneBook {
  return {
    find: async ({ host, username }) => ({
      realm: desk.realm,
      isOfOurs: host === desk.realm,
      phone: phones.find((phone) => phone.username === username),
    }),
    atAddress: async (_host, address) => addresses[address],
  }
}

/** Bindings in memory, of one process. */
export class MemoryBindings implements Bindings {
  readonly kept = new Map<string, readonly Binding[]>()
  readonly closed: Flow[] = []

  async change<T>(phone: Phone, change: (present: readonly Binding[]) => Rebinding<T>): Promise<T> {
    const { bindings, result } = change(this.kept.get(phone.deviceId) ?? [])
    if (bindings !== undefined)
      this.kept.set(
        phone.deviceId,
        bindings.map((one) => ({ node: 'n1', ...one })),
      )
    return result
  }

  flowClosed(flow: Flow): void {
    this.closed.push(flow)
  }
}
