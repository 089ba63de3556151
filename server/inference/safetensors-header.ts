/**
 * The header of a safetensors file: a length, then JSON that says where each tensor lies. A stranger's file, so every
 * claim is checked before it is used. Source of the format: huggingface/safetensors, "Format"; our limits are stricter.
 */
import { foreignFormat } from './foreign-format';

/** Bytes per element of every dtype we know. */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type Dtype = keyof typeof dtypeBytes;

export interface TensorEntry {
  dtype: Dtype;
  shape: readonly number[];
  /** Bytes from the start of the data, i.e. from just behind the header. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  tensors: Map<string, TensorEntry>;
}

export const maxHeaderBytes = 16 * 1024 * 1024;
export const maxTensors = 50_000;

export type SafetensorsCode =
  | 'NOT_SAFETENSORS'
  | 'HEADER_LENGTH'
  | 'HEADER_JSON'
  | 'DUPLICATE_NAME'
  | 'UNSAFE_NAME'
  | 'TOO_MANY_TENSORS'
  | 'UNKNOWN_DTYPE'
  | 'BAD_SHAPE'
  | 'BAD_OFFSETS'
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'LINKED';

/** A file that is not what its name says, or is damaged. The message names the file and says what to do. */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError';
  constructor(
    readonly code: SafetensorsCode,
    file: string,
    what: string,
    remedy = 'Download the file again, or choose another one.',
  ) {
    super(`${file}: ${what} ${remedy}`);
  }
}

/** Reads the header length from the first 8 bytes and checks it against the file's size. */
export function headerLength(first: Uint8Array, fileBytes: number, file: string): number {
  if (fileBytes === 0) throw new SafetensorsError('TRUNCATED', file, 'The file is empty.');
  if (first.length < 8 || fileBytes < 10) {
    throw new SafetensorsError('TRUNCATED', file, `The file ends after ${fileBytes} bytes, inside its header.`);
  }
  const foreign = foreignFormat(first);
  if (foreign) throw new SafetensorsError('NOT_SAFETENSORS', file, foreign.says, foreign.remedy);
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length < 2n || length > BigInt(maxHeaderBytes)) {
    throw new SafetensorsError(
      'HEADER_LENGTH',
      file,
      `The header claims ${length} bytes; 2 to ${maxHeaderBytes} are allowed.`,
      'This is no safetensors file or it is damaged: download it again.',
    );
  }
  if (Number(length) + 8 > fileBytes) {
    throw new SafetensorsError('TRUNCATED', file, `The file has ${fileBytes} bytes, its header alone ${length}.`);
  }
  return Number(length);
}

/**
 * Parses and checks a whole header. `dataBytes` is what the file holds behind it.
 * Throws SafetensorsError with a code of its own for every kind of damage.
 */
export function parseHeader(json: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  const entries = new HeaderReader(decode(json, file), file).read();
  const byOffset = [...entries.tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const [name, tensor] of byOffset) {
    if (tensor.begin !== expected) {
      const what = tensor.begin < expected ? 'overlaps the one before it' : 'leaves a gap before it';
      throw new SafetensorsError('BAD_OFFSETS', file, `The tensor "${name}" ${what}.`);
    }
    expected = tensor.end;
  }
  if (expected > dataBytes) {
    const missing = expected - dataBytes;
    throw new SafetensorsError('TRUNCATED', file, `${missing} bytes are missing at its end (a broken download?).`);
  }
  if (expected < dataBytes) {
    throw new SafetensorsError('TRAILING_BYTES', file, `${dataBytes - expected} bytes at its end belong to no tensor.`);
  }
  return entries;
}

function decode(json: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch {
    throw new SafetensorsError('HEADER_JSON', file, 'The header is not UTF-8 text.');
  }
}

/** A strict reader of the header's JSON in one pass: `JSON.parse` would keep the last of two equal names and round integers. */
class HeaderReader {
  private at = 0;
  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  read(): SafetensorsHeader {
    const header: SafetensorsHeader = { metadata: {}, tensors: new Map() };
    const seen = new Set<string>();
    this.object((name) => {
      if (seen.has(name)) this.fail('DUPLICATE_NAME', `The name "${name}" appears twice.`);
      seen.add(name);
      if (name === '__metadata__') header.metadata = this.metadata();
      else if (name === '__proto__') this.fail('UNSAFE_NAME', 'A tensor is called "__proto__".');
      else if (header.tensors.size >= maxTensors) this.fail('TOO_MANY_TENSORS', `More than ${maxTensors} tensors.`);
      else header.tensors.set(name, this.tensor(name));
    });
    this.space();
    if (this.at !== this.text.length) this.fail('HEADER_JSON', 'Text follows the header.');
    return header;
  }

  private fail(code: SafetensorsCode, what: string): never {
    throw new SafetensorsError(code, this.file, what);
  }

  private space(): void {
    for (let code = this.text.charCodeAt(this.at); code === 32 || code === 9 || code === 10 || code === 13; ) {
      code = this.text.charCodeAt(++this.at);
    }
  }

  private take(char: string): void {
    this.space();
    if (this.text[this.at] !== char) {
      this.fail('HEADER_JSON', `The header is not the expected JSON: "${char}" is missing at position ${this.at}.`);
    }
    this.at += 1;
  }

  private next(): string | undefined {
    this.space();
    return this.text[this.at];
  }

  private object(field: (name: string) => void): void {
    this.take('{');
    if (this.next() !== '}') {
      do {
        const name = this.string();
        this.take(':');
        field(name);
      } while (this.next() === ',' && ++this.at);
    }
    this.take('}');
  }

  private string(): string {
    this.take('"');
    const start = this.at;
    while (this.text[this.at] !== '"') {
      if (this.at >= this.text.length) this.fail('HEADER_JSON', 'A name in the header has no end.');
      this.at += this.text[this.at] === '\\' ? 2 : 1;
    }
    const raw = this.text.slice(start, this.at);
    this.at += 1;
    if (!raw.includes('\\')) return raw;
    try {
      return String(JSON.parse(`"${raw}"`));
    } catch {
      this.fail('HEADER_JSON', 'A name in the header has a bad escape.');
    }
  }

  private integer(code: SafetensorsCode, of: string): number {
    this.space();
    const start = this.at;
    let value = 0;
    for (let digit = this.digit(); digit >= 0; digit = this.digit()) {
      value = value * 10 + digit;
      this.at += 1;
    }
    const length = this.at - start;
    const isPlain =
      length > 0 && (length === 1 || this.text[start] !== '0') && !'.eE'.includes(this.text[this.at] ?? '');
    if (!isPlain || !Number.isSafeInteger(value)) {
      this.fail(code, `"${of}" has a size or offset that is not a whole number between 0 and 2^53.`);
    }
    return value;
  }

  /** The digit here, or something negative. */
  private digit(): number {
    const digit = this.text.charCodeAt(this.at) - 48;
    return digit <= 9 ? digit : -1;
  }

  private integers(code: SafetensorsCode, of: string): number[] {
    const values: number[] = [];
    this.take('[');
    if (this.next() !== ']') {
      do values.push(this.integer(code, of));
      while (this.next() === ',' && ++this.at);
    }
    this.take(']');
    return values;
  }

  private metadata(): Record<string, string> {
    const pairs = new Map<string, string>();
    this.object((name) => {
      if (pairs.has(name)) this.fail('DUPLICATE_NAME', `The metadata name "${name}" appears twice.`);
      pairs.set(name, this.string());
    });
    return Object.fromEntries(pairs);
  }

  private tensor(name: string): TensorEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.object((field) => {
      if (field === 'dtype' && dtype === undefined) dtype = this.string();
      else if (field === 'shape' && !shape) shape = this.integers('BAD_SHAPE', name);
      else if (field === 'data_offsets' && !offsets) offsets = this.integers('BAD_OFFSETS', name);
      else this.fail('HEADER_JSON', `The tensor "${name}" has an unknown or repeated field "${field}".`);
    });
    if (dtype === undefined || !shape || offsets?.length !== 2) {
      this.fail('HEADER_JSON', `The tensor "${name}" lacks its dtype, shape or two data_offsets.`);
    }
    if (!isDtype(dtype)) {
      throw new SafetensorsError(
        'UNKNOWN_DTYPE',
        this.file,
        `The tensor "${name}" has the type "${dtype}", which is not read.`,
        'Use a file in fp32, fp16, bf16 or fp8.',
      );
    }
    const bytes = shape.reduce((total, size) => total * size, dtypeBytes[dtype]);
    if (!Number.isSafeInteger(bytes)) this.fail('BAD_SHAPE', `The tensor "${name}" is impossibly large.`);
    const [begin = 0, end = 0] = offsets;
    if (end - begin !== bytes) {
      this.fail(
        'BAD_OFFSETS',
        `The tensor "${name}" takes ${bytes} bytes by its shape but ${end - begin} by its offsets.`,
      );
    }
    return { dtype, shape, begin, end };
  }
}

const isDtype = (name: string): name is Dtype => Object.hasOwn(dtypeBytes, name);
