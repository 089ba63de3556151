import { dirname, relative, sep } from 'node:path';
import type { StoredTensor } from '../safetensors';
import { withDeltas } from './deltas';
import { type Element, elementOf, elements } from './element';
import { type Attribute, type Dim, encodeNode, valueInfo } from './encode';
import { ProtobufWriter } from './protobuf';

/** A tensor inside a graph under construction. */
export interface Value {
  readonly name: string;
  /** What no element is below, where that is known. */
  readonly least?: number;
}
/** A finished graph. External weights lie in `.safetensors` files under `folder`; nothing is copied. */
export interface OnnxModel {
  bytes: Uint8Array;
  /** Real path that external weights are resolved against; absent when the graph has none. */
  folder?: string;
}

interface Initializer {
  name: string;
  element: Element;
  shape: readonly number[];
  raw?: Uint8Array;
  stored?: StoredTensor;
}

const contrib = 'com.microsoft';

/**
 * Builds an ONNX graph. Weights are external data in an untouched checkpoint. Weights that are not fp32 pass through a
 * Cast; all those Casts are emitted before every other node, because only then does ONNX Runtime run each one just
 * before its consumer and free it afterwards (else all fp32 copies live at once).
 */
export class GraphBuilder {
  private readonly nodes: Uint8Array[] = [];
  private readonly casts: Uint8Array[] = [];
  private readonly initializers: Initializer[] = [];
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: Uint8Array[] = [];
  private readonly weights = new Map<string, Value>();
  private readonly shared = new Set<string>();
  private readonly made = new Map<string, Value[]>();
  private count = 0;

  constructor(readonly name: string) {}

  private fresh(hint: string): string {
    this.count += 1;
    return `${hint}_${this.count}`;
  }

  input(name: string, element: Element, shape: readonly Dim[]): Value {
    this.inputs.push(valueInfo(name, element, shape));
    return { name };
  }

  /** An input that several parts of a graph ask for. */
  sharedInput(name: string, element: Element, shape: readonly Dim[]): Value {
    if (this.shared.has(name)) return { name };
    this.shared.add(name);
    return this.input(name, element, shape);
  }

  /** Gives a value the name by which a run returns it. */
  output(name: string, value: Value, element: Element = 'f32'): void {
    this.nodes.push(encodeNode('Identity', [value.name], [name], {}, ''));
    this.outputs.push(valueInfo(name, element));
  }

  /**
   * A weight as fp32, scaled and with what LoRAs add. `shape` views it in another shape, e.g. a 1x1 convolution as a matrix.
   * Throws when the dtype is not a floating-point one or the view has another number of elements.
   */
  weight(stored: StoredTensor, shape: readonly number[] = stored.shape): Value {
    const key = `${stored.file}\n${stored.name}\n${shape.join()}\n${stored.deltas?.length ?? 0} ${stored.scale?.name}`;
    const known = this.weights.get(key);
    if (known) return known;
    const element = elementOf(stored.dtype);
    if (!element) {
      throw new Error(
        `${stored.file}: the weight "${stored.name}" has the type ${stored.dtype}, which is not a floating-point type. Use a checkpoint in fp32, fp16, bf16 or fp8.`,
      );
    }
    if (product(shape) !== product(stored.shape)) {
      throw new Error(`${stored.name} [${stored.shape.join()}] cannot be seen as [${shape.join()}]`);
    }
    const name = this.fresh(stored.name);
    this.initializers.push({ name, element, shape, stored });
    let value: Value = { name };
    if (element !== 'f32') {
      const wide = this.fresh(`${stored.name}.f32`);
      this.casts.push(encodeNode('Cast', [name], [wide], { to: elements.f32 }, ''));
      value = { name: wide };
    }
    if (stored.scale) value = this.scaled(value, { scale: stored.scale, shape, hint: stored.name });
    if (stored.deltas?.length) value = withDeltas(this, value, { stored, shape });
    this.weights.set(key, value);
    return value;
  }

  /** The factor stands right behind the Cast, so that it is taken in place and freed with it. */
  private scaled(value: Value, about: { scale: StoredTensor; shape: readonly number[]; hint: string }): Value {
    const { scale, shape } = about;
    const count = product(scale.shape);
    if (count !== 1 && count !== shape[0]) {
      throw new Error(
        `${scale.file}: "${scale.name}" has ${count} numbers for ${shape[0]} rows. Use a file with one scale for each weight or each row.`,
      );
    }
    const factor = this.weight(scale, count === 1 ? [1] : shape.map((_, axis) => (axis === 0 ? count : 1)));
    const name = this.fresh(`${about.hint}.scaled`);
    this.casts.push(encodeNode('Mul', [value.name, factor.name], [name], {}, ''));
    return { name };
  }

  /** A stored weight as fp16, in another shape; without scales and deltas. */
  halves(stored: StoredTensor, shape: readonly number[]): Value {
    const element = elementOf(stored.dtype);
    if (!element) throw new Error(`${stored.file}: "${stored.name}" is ${stored.dtype}, not a floating-point type.`);
    const name = this.fresh(stored.name);
    this.initializers.push({ name, element, shape, stored });
    if (element === 'f16') return { name };
    const half = this.fresh(`${stored.name}.f16`);
    this.casts.push(encodeNode('Cast', [name], [half], { to: elements.f16 }, ''));
    return { name: half };
  }

  /** A stored tensor of eight-bit integers as it is. Throws for any other type. */
  integers(stored: StoredTensor): Value {
    if (stored.dtype !== 'I8') throw new Error(`${stored.file}: "${stored.name}" is ${stored.dtype}, not I8.`);
    const name = this.fresh(stored.name);
    this.initializers.push({ name, element: 'i8', shape: stored.shape, stored });
    return { name };
  }

  /** What several parts of a graph need and one of them makes. */
  once(key: string, make: () => Value[]): Value[] {
    const made = this.made.get(key) ?? make();
    this.made.set(key, made);
    return made;
  }

  /** fp32 numbers kept inside the graph. */
  floats(data: ArrayLike<number>, shape: readonly number[] = [data.length]): Value {
    const values = Float32Array.from(data);
    return this.inline('f32', shape, new Uint8Array(values.buffer));
  }

  /** int64 numbers kept inside the graph, for shapes, axes and indices. */
  ints(data: readonly number[], shape: readonly number[] = [data.length]): Value {
    const values = BigInt64Array.from(data, BigInt);
    return this.inline('i64', shape, new Uint8Array(values.buffer));
  }

  /** Unsigned bytes kept inside the graph. */
  bytes(data: readonly number[], shape: readonly number[] = [data.length]): Value {
    return this.inline('u8', shape, Uint8Array.from(data));
  }

  /** Signed bytes kept inside the graph. */
  signed(data: Int8Array, shape: readonly number[]): Value {
    return this.inline('i8', shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  private inline(element: Element, shape: readonly number[], raw: Uint8Array): Value {
    const name = this.fresh('const');
    this.initializers.push({ name, element, shape, raw });
    return { name };
  }

  /** Adds a node with one output. An input left out is `null`. `domain` is needed for operators outside ONNX itself. */
  op(
    type: string,
    inputs: readonly (Value | null)[],
    attributes: Record<string, Attribute> = {},
    domain: '' | typeof contrib = '',
  ): Value {
    const name = this.fresh(type);
    this.nodes.push(
      encodeNode(
        type,
        inputs.map((value) => value?.name ?? ''),
        [name],
        attributes,
        domain,
      ),
    );
    return { name };
  }

  /** Adds a node with several outputs. */
  ops(type: string, inputs: readonly Value[], outputs: number, attributes: Record<string, Attribute> = {}): Value[] {
    const names = Array.from({ length: outputs }, () => this.fresh(type));
    this.nodes.push(
      encodeNode(
        type,
        inputs.map((value) => value.name),
        names,
        attributes,
        '',
      ),
    );
    return names.map((name) => ({ name }));
  }

  finish(): OnnxModel {
    const files = this.initializers.flatMap((initializer) => (initializer.stored ? [initializer.stored.file] : []));
    const folder = files.length ? commonFolder(files) : undefined;
    const model = new ProtobufWriter().int(1, 10).message(7, (graph) => {
      for (const node of this.casts) graph.blob(1, node);
      for (const node of this.nodes) graph.blob(1, node);
      graph.text(2, this.name);
      for (const initializer of this.initializers) {
        graph.message(5, (tensor) => writeInitializer(tensor, initializer, folder));
      }
      for (const input of this.inputs) graph.blob(11, input);
      for (const output of this.outputs) graph.blob(12, output);
    });
    // Opset 21 is the last that every execution provider of ONNX Runtime 1.30 implements for the operators we use.
    model.message(8, (opset) => opset.text(1, '').int(2, 21));
    model.message(8, (opset) => opset.text(1, contrib).int(2, 1));
    return folder === undefined ? { bytes: model.finish() } : { bytes: model.finish(), folder };
  }
}

const product = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1);

/** The deepest folder that holds all files. Files must be real paths: ONNX Runtime refuses links that leave it. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0]!);
  while (!files.every((file) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new Error('The shards of one model lie on different drives. Put the whole model folder on one drive.');
    }
    folder = parent;
  }
  return folder;
}

function writeInitializer(tensor: ProtobufWriter, initializer: Initializer, folder: string | undefined): void {
  for (const size of initializer.shape) tensor.int(1, size);
  tensor.int(2, elements[initializer.element]).text(8, initializer.name);
  if (initializer.raw) tensor.blob(9, initializer.raw);
  const { stored } = initializer;
  if (!stored || folder === undefined) return;
  const entries = {
    location: relative(folder, stored.file).split(sep).join('/'),
    offset: String(stored.offset),
    length: String(stored.bytes),
  };
  for (const [key, value] of Object.entries(entries)) tensor.message(13, (entry) => entry.text(1, key).text(2, value));
  tensor.int(14, 1);
}
