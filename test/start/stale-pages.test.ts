import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clearStalePages } from '../../scripts/stale-pages.mjs';

/** A project of one commit, with a page that a development server has compiled. */
function project() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-stale-'));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  const page = path.join(root, '.next', 'dev', 'cache', 'page');
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: root, stdio: 'ignore' });
  const commit = () => git('commit', '--allow-empty', '-m', 'one');
  return { root, page, write, git, commit, compile: () => write(page, 'compiled'), isThere: () => fs.existsSync(page) };
}

test('what was compiled of another commit, or with other packages, is cleared; all else stays', () => {
  const { root, write, git, commit, compile, isThere } = project();
  git('init', '-q');
  commit();
  compile();
  // Nobody knows of which commit it is.
  expect([clearStalePages(root), isThere()]).toEqual([true, false]);
  compile();
  expect([clearStalePages(root), isThere()]).toEqual([false, true]);
  commit();
  expect([clearStalePages(root), isThere()]).toEqual([true, false]);
  compile();
  write(path.join(root, 'package-lock.json'), '{}');
  expect([clearStalePages(root), isThere()]).toEqual([true, false]);
  expect(clearStalePages(root)).toBe(false);
});

test('a server at work keeps its pages; one that was killed does not', () => {
  const { root, write, compile, isThere } = project();
  const lock = path.join(root, '.next', 'dev', 'lock');
  compile();
  write(lock, JSON.stringify({ pid: process.pid }));
  expect([clearStalePages(root), isThere()]).toEqual([false, true]);
  write(lock, JSON.stringify({ pid: 999_999_999 }));
  expect([clearStalePages(root), isThere()]).toEqual([true, false]);
});
