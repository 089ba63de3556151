import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodesPage, withTables } from '../scripts/make-docs';

const root = path.resolve(import.meta.dirname, '..');

test('the nodes page says what the definitions say', () => {
  expect(fs.readFileSync(path.join(root, 'docs/nodes.md'), 'utf8'), 'run `npm run docs`').toBe(nodesPage());
});

test('the tables of samplers, schedules and guidances are as their files say', () => {
  const page = fs.readFileSync(path.join(root, 'docs/12-samplers-and-schedules.md'), 'utf8');
  expect(page, 'run `npm run docs`').toBe(withTables(page));
  expect(page).toContain('`er-sde`');
});

test('links between the documents lead somewhere', () => {
  const pages = ['README.md', 'CHANGELOG.md', ...fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)];
  const broken = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      [...fs.readFileSync(path.join(root, page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g)]
        .map((match) => path.join(path.dirname(page), match[1]!))
        .filter((target) => !fs.existsSync(path.join(root, target)))
        .map((target) => `${page} → ${target}`),
    );
  expect(broken).toEqual([]);
});
