// Everything that must hold, in one command: lint, types, fresh registries, tests. The last line is `N passed, N failed`.
//   npm test                 all of it
//   npm test -- test/store   only these test files
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from './make-registry.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (...parts) => path.join(root, 'node_modules', ...parts);
const filters = process.argv.slice(2);
let passed = 0;
let failed = 0;

function count(name, isRight) {
  if (isRight) passed += 1;
  else failed += 1;
  console.log(`${isRight ? 'passed' : 'FAILED'}: ${name}`);
}

function check(name, args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  count(name, status === 0);
}

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

function checkRegistries() {
  const stale = Object.entries(generate())
    .filter(([file]) => fs.existsSync(path.join(root, path.dirname(file))))
    .filter(([file, text]) => !fs.existsSync(path.join(root, file)) || read(file) !== text);
  for (const [file] of stale) console.log(`${file} is stale: npm run registry`);
  count('registries are fresh', stale.length === 0);
}

/** A test that did not run is not a test that passed: each is named, with the reason where its title gives one. */
function tellSkipped(files) {
  for (const { name, assertionResults } of files) {
    for (const { status, fullName } of assertionResults) {
      if (status === 'pending' || status === 'skipped')
        console.log(`skipped: ${path.relative(root, name)}: ${fullName}`);
    }
  }
}

function runTests() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-test-'));
  const report = path.join(folder, 'report.json');
  const args = [
    bin('vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(process.execPath, [...args, ...filters], { cwd: root, stdio: 'inherit' });
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(fs.readFileSync(report, 'utf8'));
    // A file that could not even be loaded has no tests to fail.
    const broken = testResults.filter((file) => file.status === 'failed' && !file.assertionResults.length).length;
    passed += numPassedTests;
    failed += numFailedTests + broken;
    tellSkipped(testResults);
    if (status !== 0 && numFailedTests + broken === 0) count('the test run itself (see above)', false);
  } catch {
    count('the test run itself (see above)', false);
  }
  fs.rmSync(folder, { recursive: true, force: true });
}

if (!filters.length) {
  check('lint', [bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '.']);
  check('types', [bin('typescript', 'bin', 'tsc'), '--noEmit']);
  checkRegistries();
}
runTests();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
