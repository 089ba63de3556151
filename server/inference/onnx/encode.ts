import { type Element, elements } from './element';
import { ProtobufWriter } from './protobuf';

/** A number is fixed; a name is free and may differ from run to run. */
export type Dim = number | string;
export type Attribute = number | bigint | string | readonly number[] | { float: number };

/** A NodeProto: one operator with the names of what it takes and gives. */
export function encodeNode(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, Attribute>,
  domain: string,
): Uint8Array {
  const node = new ProtobufWriter();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(3, outputs[0]!).text(4, type);
  for (const [name, value] of Object.entries(attributes)) {
    node.message(5, (attribute) => writeAttribute(attribute.text(1, name), value));
  }
  if (domain) node.text(7, domain);
  return node.finish();
}

function writeAttribute(attribute: ProtobufWriter, value: Attribute): void {
  if (typeof value === 'string') attribute.text(4, value).int(20, 3);
  else if (typeof value === 'number' || typeof value === 'bigint') attribute.int(3, value).int(20, 2);
  else if ('float' in value) attribute.float(2, value.float).int(20, 1);
  else {
    for (const item of value) attribute.int(8, item);
    attribute.int(20, 7);
  }
}

/** A ValueInfoProto: the name, type and, for inputs, the shape of what goes into or comes out of a graph. */
export function valueInfo(name: string, element: Element, shape?: readonly Dim[]): Uint8Array {
  return new ProtobufWriter()
    .text(1, name)
    .message(2, (type) => {
      type.message(1, (tensor) => {
        tensor.int(1, elements[element]);
        if (!shape) return;
        tensor.message(2, (dims) => {
          for (const dim of shape) {
            dims.message(1, (field) => (typeof dim === 'number' ? field.int(1, dim) : field.text(2, dim)));
          }
        });
      });
    })
    .finish();
}
