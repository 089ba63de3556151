import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** A graphics card made of software, and what is expected of it. */
export interface SoftwareDevice {
  name: string;
  /** What its process must find in the environment; absent when it cannot be had. */
  env?: Record<string, string>;
  /** Why not, as a sentence. */
  says: string;
  /** What the self-test should choose there. */
  attention: 'fused' | 'unfused';
  /**
   * Largest difference from the CPU, relative to the largest number. SwiftShader's sines and exponentials are off by
   * 2.5e-5, llvmpipe's are not.
   */
  tolerance: number;
  /** Words in the names of networks that are not run there. */
  without?: string[];
}

const firstThere = (...paths: (string | undefined)[]) => paths.find((path) => path && existsSync(path));

/** It comes with Chromium and Chrome. */
const swiftshader = firstThere(
  process.env['CHROMIUM_PATH'] && join(dirname(process.env['CHROMIUM_PATH']), 'vk_swiftshader_icd.json'),
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
);
/** Mesa's, 25 or later; where it lies elsewhere than the system looks, LAVAPIPE_ICD says. */
const lavapipe = firstThere(process.env['LAVAPIPE_ICD'], '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json');

const device = (icd: string) => ({ VK_ICD_FILENAMES: icd, XDG_RUNTIME_DIR: tmpdir() });

/** Where libraries of a driver lie that was not installed: beside it. */
function beside(icd: string): Record<string, string> {
  const driver = (JSON.parse(readFileSync(icd, 'utf8')) as { ICD: { library_path: string } }).ICD.library_path;
  return isAbsolute(driver) ? { LD_LIBRARY_PATH: dirname(driver) } : {};
}

/** Builds the layer of hide-subgroups.c; null without a compiler or the headers. */
function layer(): Record<string, string> | null {
  const folder = mkdtempSync(join(tmpdir(), 'skein-layer-'));
  const library = join(folder, 'libhide-subgroups.so');
  const source = join(import.meta.dirname, 'hide-subgroups.c');
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', source, '-o', library], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const name = 'VK_LAYER_SKEIN_hide_subgroups';
  const entry = 'vkNegotiateLoaderLayerInterfaceVersion';
  const manifest = {
    file_format_version: '1.1.2',
    layer: {
      name,
      type: 'GLOBAL',
      library_path: library,
      api_version: '1.3.230',
      implementation_version: '1',
      description: 'Hides subgroup operations',
      functions: { [entry]: entry },
    },
  };
  writeFileSync(join(folder, 'layer.json'), JSON.stringify(manifest));
  return { VK_LAYER_PATH: folder, VK_INSTANCE_LAYERS: name };
}

/** Networks of the VAEs, which take the longest. */
const convolved = ['encode', 'decode'];

const noSwiftshader = 'SwiftShader is not there: install chromium.';

export function softwareDevices(): SoftwareDevice[] {
  const hidden = swiftshader && layer();
  return [
    {
      name: 'SwiftShader',
      ...(swiftshader ? { env: device(swiftshader) } : {}),
      says: noSwiftshader,
      attention: 'unfused',
      tolerance: 5e-5,
      // It has no fp16, and takes five times as long as lavapipe, whose convolutions are the same shaders.
      without: lavapipe ? ['half', ...convolved] : ['half'],
    },
    {
      name: 'SwiftShader without subgroups',
      ...(hidden ? { env: { ...device(swiftshader), ...hidden } } : {}),
      says: swiftshader ? 'The layer could not be built: install gcc and libvulkan-dev.' : noSwiftshader,
      attention: 'fused',
      tolerance: 5e-5,
      // Convolutions are the same shaders as with subgroups.
      without: ['half', ...convolved],
    },
    {
      name: 'lavapipe',
      ...(lavapipe ? { env: { ...device(lavapipe), ...beside(lavapipe) } } : {}),
      says: 'lavapipe is not there: install mesa-vulkan-drivers 25 or later, or name its file in LAVAPIPE_ICD (.ci/lavapipe fetches it).',
      attention: 'unfused',
      tolerance: 2e-5,
    },
  ];
}
