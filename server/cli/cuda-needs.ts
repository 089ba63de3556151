/** What was found on a machine. */
export interface Machine {
  platform: string;
  arch: string;
  /** File names of the shared libraries its loader finds. */
  libraries: readonly string[];
  /** Files beside ONNX Runtime's own. */
  providers: readonly string[];
}

/** ONNX Runtime's libraries for CUDA; TensorRT's is fetched with them and not needed. */
export const providerFiles = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** What libonnxruntime_providers_cuda.so of 1.30 loads, and whose it is. */
const runtime = {
  'libcudart.so.12': 'CUDA 12',
  'libcublas.so.12': 'CUDA 12',
  'libcublasLt.so.12': 'CUDA 12',
  'libcurand.so.10': 'CUDA 12',
  'libcufft.so.11': 'CUDA 12',
  'libcudnn.so.9': 'cuDNN 9',
} as const;

const driver = 'libcuda.so.1';

/** Why CUDA will never run here (`refusal`), or what is missing before it can, a line for each with its remedy. */
export function missingForCuda(machine: Machine): { refusal?: string; says: string[] } {
  const { platform, arch, libraries, providers } = machine;
  if (platform !== 'linux' || arch !== 'x64') {
    return {
      refusal: `CUDA needs Linux on x64; this is ${platform} on ${arch}. WebGPU serves every graphics card: --device webgpu.`,
      says: [],
    };
  }
  if (!libraries.includes(driver)) {
    return {
      refusal: `There is no NVIDIA driver here (${driver}). Install it first; WebGPU and CUDA both need it.`,
      says: [],
    };
  }
  const says: string[] = [];
  if (!providerFiles.every((file) => providers.includes(file))) {
    says.push("ONNX Runtime's libraries for CUDA are not there: npx skein cuda get.");
  }
  const absent = Object.entries(runtime).filter(([library]) => !libraries.includes(library));
  for (const whose of new Set(absent.map(([, name]) => name))) {
    const names = absent.filter(([, name]) => name === whose).map(([library]) => library);
    says.push(
      `${whose} is not there (${names.join(', ')}): install it from NVIDIA's repository, or name its folder in LD_LIBRARY_PATH before Skein starts.`,
    );
  }
  return { says };
}
