import { expect, test } from 'vitest';
import { chooseFiles } from '../../server/hub/choose-files';

const named = (...paths: string[]) => paths.map((path) => ({ path, bytes: 10 }));

test('a model as its makers publish it: a part in safetensors, the rest as pickles', () => {
  const makers = named(
    'diffusion_pytorch_model.safetensors',
    'Wan2.1_VAE.pth',
    'models_t5_umt5-xxl-enc-bf16.pth',
    'README.md',
  );
  const offer = chooseFiles('Wan-AI/Wan2.1-T2V-1.3B', makers);
  expect(offer.problem).toMatch(/Wan2\.1_VAE\.pth and models_t5.*are pickles.*Wan2\.1-T2V-1\.3B-Diffusers/);
  const alone = chooseFiles('Wan-AI/Wan2.1-T2V-1.3B', makers, {
    picked: ['diffusion_pytorch_model.safetensors'],
  });
  expect([alone.problem, alone.take.length]).toEqual([undefined, 2]);
  const shards = named('a-00001-of-00002.safetensors', 'a-00002-of-00002.safetensors');
  for (const picked of [[], [shards[0]!.path]])
    expect(chooseFiles('a/b', shards, { picked }).problem).toMatch(/in shards of its makers' own layout/);
  // Lightricks has a folder and newer single files in one repository.
  const both = named('model_index.json', 'vae/diffusion_pytorch_model.safetensors', 'ltxv-2b.safetensors');
  expect(chooseFiles('a/ltx', both)).toMatchObject({ kind: 'folder', take: [both[0], both[1]], offered: [both[2]] });
  const single = chooseFiles('a/ltx', both, { picked: ['ltxv-2b.safetensors'] });
  expect(single).toMatchObject({ kind: 'files', take: [both[2]], offered: [both[2]] });
  // A pickle of something else beside single files is nobody's loss.
  expect(chooseFiles('a/b', named('x.safetensors', 'optimizer.pt')).problem).toBeUndefined();
});

test('of plain weights and variants one comes, and the person may say which', () => {
  const [plain, half] = ['vae/diffusion_pytorch_model.safetensors', 'vae/diffusion_pytorch_model.fp16.safetensors'];
  const text = [
    'text_encoder/model.safetensors.index.json',
    'text_encoder/model-00001-of-00001.safetensors',
    'text_encoder/model.safetensors.index.fp16.json',
    'text_encoder/model.fp16-00001-of-00001.safetensors',
    'text_encoder/model.bf16.safetensors',
  ];
  const files = [
    ...named('model_index.json', 'vae/config.json', ...text, 'transformer/diffusion_pytorch_model.safetensors'),
    { path: plain, bytes: 1000 },
    { path: half, bytes: 500 },
  ];
  const taken = (variant?: string) => {
    const choice = chooseFiles('a/both', files, { variant });
    return { ...choice, take: choice.take.map(({ path }) => path) };
  };
  const before = taken();
  expect(before.take).toEqual(expect.arrayContaining([plain, text[0], text[1]]));
  expect(before).toMatchObject({ variant: '', leftBytes: 530 });
  expect(before.variants).toEqual([
    { name: '', bytes: 1050 },
    { name: 'fp16', bytes: 550 },
    { name: 'bf16', bytes: 1040 },
  ]);
  const lighter = taken('fp16');
  expect(lighter.take).toEqual(expect.arrayContaining([half, text[2], text[3]]));
  // The transformer has no variant, and comes as it is.
  expect(lighter.take.filter((path) => path.endsWith('.safetensors'))).toHaveLength(3);
  expect(taken('bf16').take).toEqual(expect.arrayContaining([plain, text[4]]));
  expect(taken('q8').problem).toMatch(/no variant "q8"\. There are: the plain one, fp16, bf16\./);
});

test('a repository with parts of either kind has nothing to choose', () => {
  const mixed = named(
    'model_index.json',
    'text_encoder/model.fp16-00001-of-00002.safetensors',
    'text_encoder/model.fp16-00002-of-00002.safetensors',
    'text_encoder/model.safetensors.index.fp16.json',
    'text_encoder/model.safetensors.index.json',
    'vae/diffusion_pytorch_model.safetensors',
  );
  for (const variant of [undefined, 'fp16', '']) {
    const { variants, take, leftBytes, problem } = chooseFiles('a/mixed', mixed, { variant });
    expect({ variants, files: take.length, leftBytes, problem }).toEqual({ variants: [], files: 5, leftBytes: 10 });
  }
});
