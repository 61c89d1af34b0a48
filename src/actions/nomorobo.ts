import { Type } from 'typebox'
import { asFailure } from '../base/index.ts'
import { child, defineAction, stop, type Action, type ActionContext, type Next } from '../callflow/index.ts'
import { shownUrl, type Http } from '../http/index.ts'

const service = 'https://api.nomorobo.com/v1/check'
const limits = { totalMs: 5_000, mostBytes: 16_384, mostRedirects: 2 }

export const nomorobo = (http: Http): Action =>
  defineAction({
    module: 'nomorobo',
    summary: 'Asks the service Nomorobo how likely the caller is a machine that sells something, and branches on that.',
    source: 'KAZOO cf_nomorobo.erl; schema callflows.nomorobo',
    data: Type.Object({
      username: Type.String({ minLength: 1, maxLength: 256, description: 'Of the account at the service' }),
      password: Type.String({ default: '', maxLength: 256, description: 'Of the account at the service' }),
    }),
    children: {
      '<0-10>': 'So many tenths of certainty, or more, up to the next of these children',
      _: 'The service cannot be had, or the certainty is below all other children',
    },
    example: {
      module: 'nomorobo',
      data: { username: 'shop', password: 'secret' },
      children: {
        '0': { module: 'tts', data: { text: 'Hello.' } },
        '8': { module: 'response', data: { code: 603 } },
      },
    },
    async run({ username, password }, context, children) {
      const score = await scoreOf({ username, password }, context, http)
      return score === undefined ? onFailure(children.keys) : onScore(score, children.keys)
    },
  })

/** From 0 to 10; undefined when it cannot be had. */
async function scoreOf(
  { username, password }: { readonly username: string; readonly password: string },
  { call, signal, log }: ActionContext,
  http: Http,
): Promise<number | undefined> {
  const query = new URLSearchParams({ From: shortOf(call.variables.callerIdNumber), To: shortOf(call.number) })
  const url = `${service}?${query.toString()}`
  const told = { url: shownUrl(url) }
  call.tell({ type: 'lookup.asked', ...told })
  try {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const { status, body } = await http({ url, method: 'GET', headers: { authorization }, limits, signal })
    const text = Buffer.from(body).toString('utf8').slice(0, 1_024)
    call.tell({ type: 'lookup.answered', ...told, status, body: text })
    return status === 200 ? readScore(text) : undefined
  } catch (error) {
    signal.throwIfAborted()
    const { code } = asFailure(error)
    log.warn('nomorobo.failed', { code })
    call.tell({ type: 'lookup.answered', ...told, status: undefined, code })
    return undefined
  }
}

/** A number of North America without its country: the service knows no others. */
const shortOf = (number: string): string => /^\+?1?([2-9]\d{9})$/.exec(number)?.[1] ?? number.replace(/^\+/, '')

function readScore(text: string): number | undefined {
  try {
    const read: unknown = JSON.parse(text)
    const score = typeof read === 'object' && read !== null && 'score' in read ? Number(read.score) : Number.NaN
    return score >= 0 && score <= 1 ? Math.trunc(score * 10) : undefined
  } catch {
    return undefined
  }
}

/** The child with the largest number that the score reaches, else the one with the lowest; `_` counts as -1. */
function onScore(score: number, keys: readonly string[]): Next {
  const levels = keys
    .flatMap((key) => (key === '_' ? [{ key, level: -1 }] : /^\d{1,2}$/.test(key) ? [{ key, level: Number(key) }] : []))
    .toSorted((one, other) => one.level - other.level)
  const reached = levels.findLast(({ level }) => level <= score) ?? levels[0]
  return reached === undefined ? stop() : child(reached.key)
}

function onFailure(keys: readonly string[]): Next {
  if (keys.includes('_')) return child()
  return keys.includes('0') ? child('0') : stop()
}
