import { readFileSync } from 'node:fs';
import { ProtobufWriter } from '../../server/inference/onnx/protobuf';

/** The parts of the fixtures' tokenizer.json that a SentencePiece model holds too. */
interface Json {
  normalizer: { precompiled_charsmap?: string; normalizers?: { precompiled_charsmap?: string }[] };
  model: { vocab: [string, number][]; byte_fallback: boolean };
}

/** What `spiece.model` would be for a tokenizer.json: the way back of transformers' conversion. */
export function spieceModel(file: string): Uint8Array {
  const { normalizer, model } = JSON.parse(readFileSync(file, 'utf8')) as Json;
  const charsmap = normalizer.precompiled_charsmap ?? normalizer.normalizers?.[0]?.precompiled_charsmap ?? '';
  const writer = new ProtobufWriter();
  // Sentinels are no pieces: transformers adds them.
  const pieces = model.vocab.filter(([text]) => !text.startsWith('<extra_id_'));
  for (const [id, [text, score]] of pieces.entries()) {
    const kind = id < 2 ? 3 : id === 2 ? 2 : model.byte_fallback && /^<0x..>$/.test(text) ? 6 : 1;
    writer.message(1, (piece) => piece.text(1, text).float(2, score).int(3, kind));
  }
  writer.message(2, (trainer) =>
    trainer
      .int(3, 1)
      .text(5, 'umt5')
      .int(35, model.byte_fallback ? 1 : 0),
  );
  writer.message(3, (spec) => spec.text(1, 'nmt_nfkc').blob(2, Buffer.from(charsmap, 'base64')));
  return writer.finish();
}
