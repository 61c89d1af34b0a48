import { fieldsOf, integerOf, textOf } from '../base/index.ts'
import type { Document } from '../callflow/index.ts'
import { DocumentDirectory, Indexes, type WatchedDocuments } from '../documents/index.ts'
import type { Claim, Phone, PhoneBook, PhoneQuery } from '../sip/index.ts'

const mostAccounts = 2_000
const usualExpirySeconds = 300

interface Phones {
  readonly byName: ReadonlyMap<string, Phone>
  /** Those that are known by their address (`sip.method` is `ip`). */
  readonly byAddress: ReadonlyMap<string, Phone>
}

/**
 * The phones that the documents `devices` describe: `sip.username` and `sip.password` in the realm of their account, or
 * `sip.ip` where `sip.method` says so. Indexed once for each account, and again after a change.
 *
 * @source KAZOO kz_devices, registrar: authentication of devices by username and realm; method `ip`
 */
export class DocumentPhones implements PhoneBook {
  readonly #documents: WatchedDocuments
  readonly #directory: DocumentDirectory
  readonly #phones = new Indexes<Phones>(mostAccounts)

  /** @param defaultAccount has the phones that name a realm of nobody, such as the address of the server */
  constructor(defaultAccount: Document | undefined, documents: WatchedDocuments) {
    this.#documents = documents
    this.#directory = new DocumentDirectory(defaultAccount, documents)
    documents.onChange((change) => {
      this.#directory.onChange(change)
      if (change.collection === 'accounts' || change.collection === 'devices') this.#phones.forget(change.accountId)
    })
  }

  async find({ host, username }: PhoneQuery): Promise<Claim> {
    const subscriber = await this.#directory.subscriber(host)
    if (subscriber === undefined) return { realm: host, isOfOurs: false, phone: undefined }
    const { id, realm } = subscriber.account
    const { byName } = await this.#phonesOf(id, realm)
    return {
      realm: realm === '' ? host : realm,
      isOfOurs: realm.toLowerCase() === host.toLowerCase() && byName.size > 0,
      phone: byName.get(username.toLowerCase()),
    }
  }

  async atAddress(host: string, address: string): Promise<Phone | undefined> {
    const subscriber = await this.#directory.subscriber(host)
    if (subscriber === undefined) return undefined
    const { byAddress } = await this.#phonesOf(subscriber.account.id, subscriber.account.realm)
    return byAddress.get(address)
  }

  #phonesOf(accountId: string, realm: string): Promise<Phones> {
    return this.#phones.get(accountId, async () => {
      const byName = new Map<string, Phone>()
      const byAddress = new Map<string, Phone>()
      for (const device of await this.#documents.list(accountId, 'devices')) {
        if (device['enabled'] === false) continue
        const sip = fieldsOf(device['sip'])
        const phone = phoneOf(device, sip, { accountId, realm })
        const address = textOf(sip['ip'])
        if (sip['method'] !== 'ip') {
          // Of two devices of one name, which the API refuses, the first keeps it.
          if (phone.password !== '' && !byName.has(phone.username)) byName.set(phone.username, phone)
        } else if (address !== undefined && !byAddress.has(address)) byAddress.set(address, phone)
      }
      return { byName, byAddress }
    })
  }
}

function phoneOf(
  device: Document,
  sip: Readonly<Record<string, unknown>>,
  account: { readonly accountId: string; readonly realm: string },
): Phone {
  return {
    ...account,
    deviceId: device.id,
    username: (textOf(sip['username']) ?? device.id).toLowerCase(),
    password: textOf(sip['password']) ?? '',
    expirySeconds: integerOf(sip['expire_seconds']) ?? usualExpirySeconds,
  }
}
