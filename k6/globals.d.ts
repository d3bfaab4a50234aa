// Globals that k6 provides and @types/k6 does not declare.

declare const console: Record<'debug' | 'error' | 'info' | 'log' | 'warn', (message: string) => void>;
declare const crypto: {
  randomUUID(): string;
  getRandomValues(array: Uint8Array): Uint8Array;
  subtle: {
    importKey(format: 'raw', key: Uint8Array, cipher: string, extractable: boolean, uses: string[]): Promise<unknown>;
    encrypt(algorithm: { name: string; iv: Uint8Array }, key: unknown, data: Uint8Array): Promise<ArrayBuffer>;
    decrypt(algorithm: { name: string; iv: Uint8Array }, key: unknown, data: ArrayBuffer): Promise<ArrayBuffer>;
  };
};
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}
/** Loads a module synchronously. Only during init, and only modules that the first initialization loaded. */
declare function require(url: string): any;
