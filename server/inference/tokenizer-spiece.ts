/*
 * `spiece.model`, SentencePiece's own file (sentencepiece_model.proto): single files of text encoders carry it as a tensor
 * called `spiece_model`. Read into what tokenizer.json would say, by the rules transformers converts T5's by.
 */

type Field = { number: number; value: number | Uint8Array };

class NotSpiece extends Error {}

/** The fields of a protobuf message: varints and fp32 as numbers, the rest as bytes. Throws when it is cut short. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    let [value, shift] = [0, 1];
    for (let count = 0; count < 10; count++) {
      const byte = bytes[at++];
      if (byte === undefined) throw new NotSpiece('it ends inside a number');
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
      shift *= 128;
    }
    throw new NotSpiece('a number in it has no end');
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0) yield { number, value: varint() };
    else if (type === 5 && at + 4 <= bytes.length) {
      yield { number, value: view.getFloat32(at, true) };
      at += 4;
    } else if (type === 1 && at + 8 <= bytes.length) at += 8;
    else if (type === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new NotSpiece('it is cut short');
      yield { number, value: bytes.subarray(at, at + length) };
      at += length;
    } else throw new NotSpiece('it holds something else');
  }
}

const kinds = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;
interface Piece {
  text: string;
  score: number;
  kind: number;
}

function pieceOf(bytes: Uint8Array): Piece {
  const piece: Piece = { text: '', score: 0, kind: kinds.normal };
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === 1 && value instanceof Uint8Array) piece.text = new TextDecoder().decode(value);
    else if (number === 2 && typeof value === 'number') piece.score = value;
    else if (number === 3 && typeof value === 'number') piece.kind = value;
  }
  return piece;
}

const unigram = 1;
const bytesOf = (field: Field): Uint8Array => (field.value instanceof Uint8Array ? field.value : new Uint8Array());

/** What tokenizer.json would say of a SentencePiece Unigram model as T5 and UMT5 use it. Throws a sentence when it is none. */
export function spieceToJson(bytes: Uint8Array, file: string): object {
  try {
    return tokenizerJson(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file}: its SentencePiece model cannot be used: ${why}. Download the file again.`, { cause });
  }
}

function tokenizerJson(bytes: Uint8Array): object {
  const pieces: Piece[] = [];
  let [type, charsmap] = [unigram, new Uint8Array()];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) pieces.push(pieceOf(bytesOf(field)));
    if (field.number === 2)
      for (const { number, value } of fieldsOf(bytesOf(field)))
        if (number === 3 && typeof value === 'number') type = value;
    if (field.number === 3)
      for (const part of fieldsOf(bytesOf(field))) if (part.number === 2) charsmap = bytesOf(part).slice();
  }
  if (type !== unigram) throw new NotSpiece('it is not of the type Unigram');
  const end = pieces.findIndex(({ text, kind }) => text === '</s>' && kind === kinds.control);
  if (end < 0) throw new NotSpiece('it has no piece "</s>"');
  const unknown = pieces.findIndex(({ kind }) => kind === kinds.unknown);
  const special = (id: number, content: string) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return {
    added_tokens: pieces.flatMap(({ text, kind }, id) =>
      kind === kinds.control || kind === kinds.unknown ? [special(id, text)] : [],
    ),
    normalizer: charsmap.length
      ? { type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmap).toString('base64') }
      : null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [],
      special_tokens: { '</s>': { id: '</s>', ids: [end], tokens: ['</s>'] } },
    },
    decoder: null,
    model: {
      type: 'Unigram',
      unk_id: unknown < 0 ? null : unknown,
      byte_fallback: pieces.some(({ kind }) => kind === kinds.byte),
      vocab: pieces.map(({ text, score }) => [text, score]),
    },
  };
}
