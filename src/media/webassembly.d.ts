/** What we use of WebAssembly's JavaScript API: its types come with the library of browsers, which Node code has not. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
    readonly [Symbol.toStringTag]: 'WebAssembly.Module'
  }
  class Instance {
    constructor(module: Module, imports: object)
    readonly exports: unknown
  }
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  class RuntimeError extends Error {}
}
