import { test } from 'vitest'

/**
 * One case of a public suite. A case that is listed in `expectedFailures` must fail, with the reason that stands there;
 * one that is not listed must not.
 */
export function conforms(
  name: string,
  expectedFailures: Readonly<Record<string, string>>,
  check: () => void | Promise<void>,
): void {
  const reason = expectedFailures[name]
  test(reason === undefined ? name : `${name} (known: ${reason})`, async () => {
    if (reason === undefined) {
      await check()
      return
    }
    if (await passes(check)) throw new Error(`${name} passes now: remove it from the expected failures`)
  })
}

async function passes(check: () => void | Promise<void>): Promise<boolean> {
  try {
    await check()
    return true
  } catch {
    return false
  }
}
