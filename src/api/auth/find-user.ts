import { createHash } from 'node:crypto'
import { isSame, sealed, type CredentialMethod } from '../../access/index.ts'
import type { KeptDocument } from '../../documents/index.ts'
import { normalizeNumber } from '../../number/index.ts'
import { credentialsField } from '../collections/users.ts'
import { isObject, textOf, textsOf } from '../collections/merge.ts'
import type { ApiPorts } from '../ports.ts'

/** How an account is named by who belongs to it. */
export interface AccountName {
  readonly account_name?: string
  readonly account_realm?: string
  readonly realm?: string
  readonly phone_number?: string
}

/** As KAZOO compares names of accounts: only letters and digits, in lower case (`kz_util:normalize_account_name`). */
const plainName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** The accounts that are meant: by number, else by realm, else by name, of which several accounts may have one. */
export async function accountsNamed(named: AccountName, { documents }: ApiPorts): Promise<readonly KeptDocument[]> {
  const { account_name: name, phone_number: number } = named
  const realm = (named.account_realm ?? named.realm)?.toLowerCase()
  const accounts = await documents.accounts()
  if (realm !== undefined) return accounts.filter(({ document }) => textOf(document['realm'])?.toLowerCase() === realm)
  if (name !== undefined) {
    return accounts.filter(({ document }) => plainName(textOf(document['name']) ?? '') === plainName(name))
  }
  if (number === undefined) return []
  const found: KeptDocument[] = []
  for (const account of accounts) {
    const wanted = normalizeNumber(number, textOf(account.document['country']) ?? 'US')
    const callflows = await documents.list(account.id, 'callflows')
    if (callflows.some(({ document }) => textsOf(document['numbers']).includes(wanted))) found.push(account)
  }
  return found
}

/** The user of the account who has these credentials. */
export async function userWith(
  accountId: string,
  credentials: string,
  method: CredentialMethod,
  { documents }: ApiPorts,
): Promise<KeptDocument | undefined> {
  const given = await sealed(accountId, credentials)
  const fits = ({ document }: KeptDocument): boolean => {
    const kept = document[credentialsField]
    const hash = isObject(kept) ? textOf(kept[method]) : bareHash(document, method)
    return hash !== undefined && isSame(hash, isObject(kept) ? given : credentials.toLowerCase())
  }
  const users = await documents.list(accountId, 'users')
  return users.find((user) => user.document['enabled'] !== false && fits(user))
}

/** Of a password that came with a folder of documents, where it stands as it is. */
function bareHash(document: Readonly<Record<string, unknown>>, method: CredentialMethod): string | undefined {
  const username = textOf(document['username'])
  const password = textOf(document['password'])
  if (username === undefined || password === undefined) return undefined
  const algorithm = method === 'md5' ? 'md5' : 'sha1'
  return createHash(algorithm).update(`${username.toLowerCase()}:${password}`).digest('hex')
}
