import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadDocuments, mediaPlaces } from './index.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-documents-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function write(name: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
}

const hello = { module: 'play', data: { id: 'hello' } }

describe('a folder of documents', () => {
  test('is every JSON and YAML file in it', async () => {
    await write('a.json', {
      account: { id: 'acme', realm: 'acme.example' },
      callflows: [{ id: 'c1', numbers: ['100'], flow: hello }],
    })
    await write(
      'b.yaml',
      'menus:\n  main: { name: Main, max_extension_length: 1 }\ndevices:\n  id: d1\n  sip: { username: 1001 }\n',
    )
    await write('notes.txt', 'not a document')
    const { account, documents } = await loadDocuments(folder)
    expect(account).toEqual({ id: 'acme', realm: 'acme.example' })
    expect(await documents.get('acme', 'callflows', 'c1')).toMatchObject({ numbers: ['100'] })
    expect(await documents.get('acme', 'menus', 'main')).toMatchObject({ id: 'main', name: 'Main' })
    expect(await documents.get('acme', 'devices', 'd1')).toMatchObject({ sip: { username: '1001' } })
  })

  test('belongs to the demo account unless it says otherwise', async () => {
    await write('a.json', { callflows: { c1: { numbers: ['100'], flow: hello } } })
    const { account, documents } = await loadDocuments(folder)
    expect(account.id).toBe('demo')
    expect(await documents.list('demo', 'callflows')).toHaveLength(1)
  })

  test('may describe several accounts, each with the documents of its file and those that name it', async () => {
    await write('a.json', { account: { id: 'acme' }, menus: { main: { name: 'Of Acme' } } })
    await write('b.json', { account: { id: 'bolt' }, menus: { main: { name: 'Of Bolt' } } })
    await write('c.json', { lists: { vip: { account_id: 'bolt', name: 'VIP' } } })
    const { account, documents } = await loadDocuments(folder)
    expect(account.id).toBe('acme')
    expect(await documents.get('acme', 'menus', 'main')).toMatchObject({ name: 'Of Acme' })
    expect(await documents.get('bolt', 'menus', 'main')).toMatchObject({ name: 'Of Bolt' })
    expect(await documents.list('bolt', 'lists')).toEqual([{ id: 'vip', name: 'VIP' }])
    expect(documents.entries.filter(({ collection }) => collection === 'accounts')).toHaveLength(2)
  })

  test.each([
    ['not JSON', 'a.json', '{\n "callflows": [,]\n}', { file: 'a.json', at: '2:16' }],
    [
      'not YAML',
      'a.yaml',
      'a: [1\nb: 2',
      { file: 'a.yaml', problem: expect.stringContaining('is not YAML') as string },
    ],
    ['no object', 'a.json', '[]', { at: '/', problem: 'must be an object of collections' }],
    ['no collection', 'a.json', { callflow: [] }, { at: '/callflow' }],
    ['no document', 'a.json', { callflows: ['c1'] }, { at: '/callflows/0', problem: 'must be a document' }],
    ['no id', 'a.json', { menus: [{ name: 'x' }] }, { at: '/menus/0' }],
    ['no flow', 'a.json', { callflows: [{ id: 'c', numbers: ['1'] }] }, { at: '/callflows/0' }],
    ['no numbers', 'a.json', { callflows: { c: { numbers: 'x', flow: hello } } }, { at: '/callflows/c/numbers' }],
    ['no time zone', 'a.json', { account: { timezone: 'Mars/Olympus' } }, { at: '/account/timezone' }],
    [
      'twins',
      'a.json',
      { menus: [{ id: 'm' }, { id: 'm' }] },
      { at: '/menus/1', problem: 'has the id of /menus/0 in a.json' },
    ],
    ['two accounts', 'a.json', { accounts: { a: {}, b: {} }, menus: { m: {} } }, { at: '/menus/m' }],
    ['another account', 'a.json', { menus: { m: { account_id: 'x' } } }, { at: '/menus/m/account_id' }],
    ['no such sound', 'a.json', { media: [{ id: 'm', file: 'm.wav' }] }, { at: '/media/0/file' }],
    ['a sound elsewhere', 'a.json', { media: [{ id: 'm', file: '../m.wav' }] }, { at: '/media/0/file' }],
  ])('with %s is refused by file and place', async (_, name, content, details) => {
    await write(name, content)
    await expect(loadDocuments(folder)).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', details })
  })

  test('that is not there is refused', async () => {
    await expect(loadDocuments(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' })
  })
})

describe('media', () => {
  async function open() {
    const loaded = await loadDocuments(folder)
    return mediaPlaces(loaded.documents, loaded.folder)
  }

  test('are files of the folder, web addresses, or texts to be spoken', async () => {
    await write('sounds/hello.wav', 'RIFF')
    await write('media.json', {
      media: {
        hello: { file: 'sounds/hello.wav', content_type: 'audio/wav' },
        web: { url: 'https://cdn.example/a.mp3' },
        text: { media_source: 'tts', tts: { text: 'Good morning', voice: 'male/en-GB' } },
        ours: { prompt_id: 'vm-goodbye', language: 'de-DE', file: 'sounds/hello.wav' },
      },
    })
    const places = await open()
    expect(await places.media('demo', 'hello')).toEqual({
      kind: 'file',
      path: expect.stringMatching(/sounds\/hello\.wav$/) as string,
      contentType: 'audio/wav',
    })
    expect(await places.media('demo', 'web')).toEqual({ kind: 'url', url: 'https://cdn.example/a.mp3' })
    expect(await places.media('demo', 'text')).toEqual({
      kind: 'text',
      text: 'Good morning',
      voice: 'male',
      language: 'en-GB',
    })
    expect(await places.media('demo', 'nothing')).toBeUndefined()
    expect(await places.media('another', 'hello')).toBeUndefined()
    expect(await places.prompt('demo', 'vm-goodbye', 'de-de')).toMatchObject({ kind: 'file' })
    expect(await places.prompt('demo', 'vm-goodbye', 'en-us')).toBeUndefined()
  })

  test('can be named by the path of a sound file', async () => {
    await write('sounds/hello.wav', 'RIFF')
    const places = await open()
    expect(await places.media('demo', 'sounds/hello.wav')).toMatchObject({ kind: 'file' })
  })

  test('outside the folder are never found, whatever leads there', async () => {
    await write('secret.json', {})
    await symlink('/etc', join(folder, 'link'))
    await symlink('/etc/hostname', join(folder, 'name.wav'))
    const places = await open()
    for (const id of ['../x.wav', '/etc/passwd', 'link/a.wav', 'name.wav', 'secret.json', 'a\0.wav']) {
      expect(await places.media('demo', id), id).toBeUndefined()
    }
  })
})
