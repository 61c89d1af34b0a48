import { createHash } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../base/index.ts'
import { tokenOf } from './admission.ts'

const windowMs = 60_000
const usuallyMost = 12_000

/** How often one token, and one address, may ask in a minute. Counts are this process's own. */
export async function limitRate(api: FastifyInstance, most = usuallyMost): Promise<void> {
  if (most === 0) return
  await api.register(rateLimit, { global: false, cache: 10_000 })
  const options = { max: most, timeWindow: windowMs }
  const ofAddress = api.createRateLimit({ ...options, keyGenerator: ({ ip }: FastifyRequest) => ip })
  const ofToken = api.createRateLimit({ ...options, keyGenerator: tokenKey })
  api.addHook('onRequest', async (request) => {
    for (const limit of tokenOf(request) === undefined ? [ofAddress] : [ofAddress, ofToken]) {
      const state = await limit(request)
      if (!state.isAllowed && state.isExceeded) throw new Failure('API_TOO_MANY', { most, retryAfterMs: state.ttl })
    }
  })
}

/** Counts are kept by a hash: a token is never held longer than its request. */
const tokenKey = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(tokenOf(request) ?? '')
    .digest('base64')
