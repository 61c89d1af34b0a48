import { credentialsOf } from '../../access/index.ts'
import type { Document } from '../../callflow/index.ts'
import { problemAt } from '../check.ts'
import type { ApiProblem } from '../errors.ts'
import { defineCollection, twinOf, type Draft } from './collection.ts'
import { textOf, without } from './merge.ts'

/** Where what is kept of a password stands in the document of its user. */
export const credentialsField = 'pvt_credentials'

/** @source KAZOO cb_users.erl: usernames are compared in lower case, and passwords are made into hashes with them */
const usernameOf = (document: Document): string | undefined => textOf(document['username'])?.toLowerCase()

const fewestCharacters = 6

export const users = defineCollection({
  collection: 'users',
  one: 'user',
  source: 'KAZOO cb_users.erl',
  listed: {
    username: 'username',
    email: 'email',
    first_name: 'first_name',
    last_name: 'last_name',
    priv_level: 'priv_level',
    features: 'features',
    timezone: 'timezone',
    enabled: 'enabled',
  },
  hidden: ['password'],
  problems: async (draft) => [...passwordProblems(draft), ...(await usernameProblems(draft))],
  prepare,
  example: {
    first_name: 'Ada',
    last_name: 'Byron',
    username: 'ada@shop.example',
    password: 'analytical',
    priv_level: 'admin',
  },
})

async function prepare({ accountId, document, before }: Draft): Promise<Document> {
  const username = usernameOf(document)
  const password = textOf(document['password'])
  const kept = { ...without(document, 'password'), id: document.id }
  if (username === undefined) return { ...without(kept, credentialsField), id: document.id }
  const named = { ...kept, username }
  if (password !== undefined)
    return { ...named, [credentialsField]: await credentialsOf(accountId, username, password) }
  // A password that came with documents from elsewhere stays usable until there is another.
  const imported = textOf(before?.document['password'])
  return imported === undefined
    ? named
    : { ...named, [credentialsField]: await credentialsOf(accountId, username, imported) }
}

function passwordProblems({ document, before }: Draft): readonly ApiProblem[] {
  const password = document['password']
  if (typeof password === 'string') {
    if (password.length < fewestCharacters)
      return [problemAt('/password', 'minLength', `at least ${fewestCharacters} characters`)]
    return usernameOf(document) === undefined ? [problemAt('/username', 'required', 'A password needs a username')] : []
  }
  // The name is inside the hash of the password.
  const isRenamed =
    before?.document[credentialsField] !== undefined && usernameOf(before.document) !== usernameOf(document)
  return isRenamed && usernameOf(document) !== undefined
    ? [problemAt('/password', 'required', 'The password must be given when the username changes')]
    : []
}

async function usernameProblems(draft: Draft): Promise<readonly ApiProblem[]> {
  const username = usernameOf(draft.document)
  if (username === undefined) return []
  const twin = await twinOf(draft, 'users', (other) => usernameOf(other) === username)
  return twin === undefined ? [] : [problemAt('/username', 'unique', 'Username is already in use', username)]
}
