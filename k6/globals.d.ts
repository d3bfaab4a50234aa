// Globals that k6 provides and @types/k6 does not declare.

declare const console: Record<'debug' | 'error' | 'info' | 'log' | 'warn', (message: string) => void>;
declare const crypto: { randomUUID(): string };
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
