import { expect, test } from 'vitest';
import { cuda } from '../../server/cli/cuda';
import { missingForCuda, providerFiles } from '../../server/cli/cuda-needs';

const libraries = ['libcuda.so.1', 'libcudart.so.12', 'libcublas.so.12', 'libcublasLt.so.12', 'libcurand.so.10'];
const complete = {
  platform: 'linux',
  arch: 'x64',
  libraries: [...libraries, 'libcufft.so.11', 'libcudnn.so.9'],
  providers: [...providerFiles, 'libonnxruntime.so.1'],
};

test('where CUDA can never run the command says why, and what to use instead', () => {
  expect(missingForCuda({ ...complete, platform: 'darwin', arch: 'arm64' }).refusal).toMatch(/Linux on x64.*webgpu/);
  expect(missingForCuda({ ...complete, libraries: [] }).refusal).toMatch(/no NVIDIA driver.*Install it first/);
});

test('what is missing is named with its remedy, and nothing when all is there', () => {
  expect(missingForCuda(complete)).toEqual({ says: [] });
  expect(missingForCuda({ ...complete, providers: [] }).says).toEqual([expect.stringMatching(/npx skein cuda get/)]);
  const { says } = missingForCuda({ ...complete, libraries });
  expect(says).toEqual([
    expect.stringMatching(/^CUDA 12 .*libcufft\.so\.11\): .*LD_LIBRARY_PATH/),
    expect.stringMatching(/^cuDNN 9 .*libcudnn\.so\.9/),
  ]);
});

test('the command itself looks at this machine', async () => {
  await expect(cuda(['put'])).rejects.toThrow(/skein cuda get/);
  // On machines without NVIDIA's driver, as most that run tests are.
  const found = await cuda([]).catch((error: Error) => error.message);
  expect(typeof found === 'number' || /driver|Linux on x64|cannot be used/.test(found)).toBe(true);
});
