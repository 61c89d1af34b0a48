import { readdir, readFile, realpath } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parse as parseYaml, YAMLParseError } from 'yaml'
import { Failure, jsonProblem } from '../base/index.ts'
import { collections, type Collection, type Document } from '../callflow/index.ts'
import { demoAccount } from './directory.ts'
import { isObject } from './fields.ts'
import { MemoryDocuments } from './memory.ts'
import type { DocumentEntry } from './import.ts'
import { shapeProblem } from './shapes.ts'
import { pathWithin } from './stored-media.ts'

export interface LoadedDocuments {
  /** The first account: the demo account when the folder describes none. */
  readonly account: Document
  readonly documents: MemoryDocuments
  /** What media files are relative to. */
  readonly folder: string
}

const mostFiles = 1_000
const mostBytes = 16 * 1024 * 1024

interface Found {
  readonly file: string
  /** A JSON pointer to the document in its file. */
  readonly at: string
  readonly collection: Collection
  readonly document: Document
}

/**
 * Loads the documents of a folder: every `*.json`, `*.yaml` and `*.yml` in it is an object of collections, each one
 * document, a list of them, or a map by id. A document belongs to the account that its `account_id` names, else to the
 * one that its file describes (`account`), else to the only one of the folder.
 *
 * @throws DOCUMENT_INVALID with the file and the JSON path of what is wrong
 */
export async function loadDocuments(folder: string): Promise<LoadedDocuments> {
  const root = await rootOf(folder)
  const found: Found[] = []
  for (const file of await filesOf(root)) found.push(...collectionsOf(file, await readObject(root, file)))
  for (const one of found) await checkMediaFile(root, one)
  const account = found.find(({ collection }) => collection === 'accounts')?.document ?? demoAccount
  const documents = new MemoryDocuments()
  documents.put(account.id, 'accounts', account)
  for (const { accountId, collection, document } of withAccounts(found)) documents.put(accountId, collection, document)
  return { account, documents, folder: root }
}

const invalid = (file: string, at: string, problem: string, options?: ErrorOptions): Failure<'DOCUMENT_INVALID'> =>
  new Failure('DOCUMENT_INVALID', { file, at: at === '' ? '/' : at, problem }, options)

async function rootOf(folder: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (cause) {
    throw invalid(folder, '', 'this folder cannot be read', { cause })
  }
}

async function filesOf(root: string): Promise<readonly string[]> {
  let names: readonly string[]
  try {
    names = await readdir(root)
  } catch (cause) {
    throw invalid(root, '', 'this folder cannot be read', { cause })
  }
  const files = names.filter((name) => ['.json', '.yaml', '.yml'].includes(extname(name).toLowerCase())).sort()
  if (files.length > mostFiles) throw invalid(root, '', `has more than ${mostFiles} files`)
  return files
}

async function readObject(root: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string
  try {
    text = await readFile(join(root, file), 'utf8')
  } catch (cause) {
    throw invalid(file, '', 'this file cannot be read', { cause })
  }
  if (text.length > mostBytes) throw invalid(file, '', `is larger than ${mostBytes} bytes`)
  const value = extname(file).toLowerCase() === '.json' ? readJson(file, text) : readYaml(file, text)
  if (value === null) return {}
  if (!isObject(value)) throw invalid(file, '', 'must be an object of collections')
  return value
}

function readJson(file: string, text: string): unknown {
  const plain = text.replace(/^\uFEFF/, '')
  const wrong = jsonProblem(plain)
  if (wrong === undefined) return JSON.parse(plain)
  throw invalid(file, `${wrong.line}:${wrong.column}`, `is not JSON: ${wrong.problem}`)
}

function readYaml(file: string, text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 })
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw invalid(file, '', String(cause), { cause })
    const [place] = cause.linePos ?? []
    const at = place === undefined ? '' : `${place.line}:${place.col}`
    throw invalid(file, at, `is not YAML: ${cause.message.split('\n')[0] ?? ''}`, { cause })
  }
}

function collectionsOf(file: string, value: Readonly<Record<string, unknown>>): readonly Found[] {
  return Object.entries(value).flatMap(([key, documents]) => {
    const collection = key === 'account' ? 'accounts' : collections.find((known) => known === key)
    if (collection === undefined) {
      throw invalid(file, `/${key}`, `is no collection; there are account, ${collections.slice(1).join(', ')}`)
    }
    const at = `/${key}`
    if (key === 'account') return [readDocument(file, at, collection, withId(documents, demoAccount.id))]
    return listOf(file, at, documents).map(([at, document]) => readDocument(file, at, collection, document))
  })
}

/** The documents of a collection, each with its place: it is one, or there is a list or a map of them. */
function listOf(file: string, at: string, documents: unknown): readonly (readonly [at: string, document: unknown])[] {
  if (Array.isArray(documents)) return documents.map((document: unknown, index) => [`${at}/${index}`, document])
  if (documents === null || documents === undefined) return []
  if (!isObject(documents)) throw invalid(file, at, 'must be a document, a list or a map of documents')
  if (typeof documents['id'] === 'string') return [[at, documents]]
  return Object.entries(documents).map(([id, document]) => [`${at}/${pointer(id)}`, withId(document, id)])
}

const withId = (document: unknown, id: string): unknown => (isObject(document) ? { id, ...document } : document)

/** A key inside a JSON pointer (RFC 6901 section 3). */
const pointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

function readDocument(file: string, at: string, collection: Collection, value: unknown): Found {
  if (!isObject(value)) throw invalid(file, at, 'must be a document')
  const problem = shapeProblem(collection, value)
  if (problem !== undefined) throw invalid(file, at + problem.at, problem.problem)
  const { id } = value
  if (typeof id !== 'string') throw invalid(file, at, 'must have an id')
  return { file, at, collection, document: { ...value, id } }
}

async function checkMediaFile(root: string, { file, at, collection, document }: Found): Promise<void> {
  const media = document['file']
  if (collection !== 'media' || typeof media !== 'string') return
  if ((await pathWithin(root, media)) === undefined) {
    throw invalid(file, `${at}/file`, `there is no file ${JSON.stringify(media)} in the folder of the documents`)
  }
}

/** Every document with its account. */
function withAccounts(found: readonly Found[]): readonly DocumentEntry[] {
  const accounts = found.filter(({ collection }) => collection === 'accounts')
  const known = new Set(accounts.length === 0 ? [demoAccount.id] : accounts.map(({ document }) => document.id))
  const seen = new Map<string, Found>()
  const ownerOf = (one: Found): string => {
    if (one.collection === 'accounts') return one.document.id
    const named = one.document['account_id']
    if (typeof named === 'string' && known.has(named)) return named
    if (named !== undefined) throw invalid(one.file, `${one.at}/account_id`, 'is no account of this folder')
    const ofFile = accounts.filter(({ file }) => file === one.file).map(({ document }) => document.id)
    const [owner, other] = ofFile.length > 0 ? ofFile : [...known]
    if (owner !== undefined && other === undefined) return owner
    throw invalid(one.file, one.at, 'must have an account_id: there are several accounts')
  }
  return found.map((one) => {
    const accountId = ownerOf(one)
    const { collection, document } = one
    const key = `${accountId}/${collection}/${document.id}`
    const twin = seen.get(key)
    if (twin !== undefined) throw invalid(one.file, one.at, `has the id of ${twin.at} in ${twin.file}`)
    seen.set(key, one)
    return { accountId, collection, document: collection === 'accounts' ? document : withoutOwner(document) }
  })
}

const withoutOwner = (document: Document): Document => {
  const { account_id: _, ...own } = document
  return own
}
