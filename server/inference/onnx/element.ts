import type { Dtype } from '../safetensors-header';

/** Element types of ONNX tensors by our short names, with their TensorProto numbers. */
export const elements = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  bf16: 16,
  f8e4m3: 17,
  f8e5m2: 19,
} as const;
export type Element = keyof typeof elements;

/** The ONNX element of a floating-point safetensors dtype, or null: such a tensor cannot be a weight. */
export function elementOf(dtype: Dtype): Element | null {
  switch (dtype) {
    case 'F32':
      return 'f32';
    case 'F16':
      return 'f16';
    case 'BF16':
      return 'bf16';
    case 'F64':
      return 'f64';
    case 'F8_E4M3':
      return 'f8e4m3';
    case 'F8_E5M2':
      return 'f8e5m2';
    default:
      return null;
  }
}
