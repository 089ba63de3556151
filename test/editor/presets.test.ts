import { expect, test } from 'vitest';
import { applicable, presetFile, readPresetFile } from '../../app/editor/state/presets';
import { registry } from '../../nodes/registry';

const quick = { type: 'denoiser', version: 1, name: 'Quick', params: { steps: 4, sampler: 'euler' } };

test('presets come back from a file as they went into it; anything else is refused with the place', () => {
  expect(readPresetFile(presetFile([quick])).presets).toEqual([quick]);
  expect(readPresetFile('{').problem).toMatch(/not valid JSON/);
  expect(readPresetFile('{"format":"skein-graph"}').problem).toMatch(/format.*Choose one that Skein saved/);
  expect(readPresetFile(presetFile([{ ...quick, name: ' ' }])).problem).toMatch(/presets\.0\.name/);
});

test('a preset sets what the node knows and allows, and names what it does not', () => {
  const params = { steps: 4, guidance: -3, sampler: 'none such', colour: 'red', toString: 1 };
  const { fits, left } = applicable(registry['denoiser']!, params);
  expect(fits).toEqual({ steps: 4 });
  expect(left).toEqual(['guidance', 'sampler', 'colour', 'toString']);
});
