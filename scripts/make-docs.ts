import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyNode } from '../nodes/define';
import { costPerStep } from '../nodes/denoise/cost';
import { guidances } from '../nodes/denoise/guidance/registry';
import type { Guidance } from '../nodes/denoise/guiding';
import { samplers } from '../nodes/denoise/samplers/registry';
import { type Sampler, type Schedule, samplerGroups } from '../nodes/denoise/sampling';
import { schedules } from '../nodes/denoise/schedules/registry';
import { describeNode, type PortWords, type SettingWords } from '../nodes/describe';
import { label } from '../nodes/label';
import { registry, sections } from '../nodes/registry';

/** Every node's page, from the very objects that draw the cards. `npm run docs` writes it; a test holds it fresh. */
export function nodesPage(): string {
  const parts = sections.map(
    ({ name, types }) => `## ${label(name)}\n\n${types.map((type) => page(registry[type]!)).join('\n')}`,
  );
  return `# Nodes

Generated from the node definitions by \`npm run docs\`. A node is one file under \`nodes/\`; see [writing a node](03-writing-a-node.md).

${parts.join('\n')}
## Samplers

${entries(Object.values<Sampler>(samplers))}
## Schedules

${entries(Object.values<Schedule>(schedules))}
## Guidances

${entries(Object.values<Guidance>(guidances))}`;
}

/** What of `docs/12-samplers-and-schedules.md` follows from the samplers, by the name of its place there. */
const tables: Readonly<Record<string, () => string>> = {
  samplers: () => {
    const rows = Object.entries(samplerGroups).flatMap(([group, title]) => [
      `| **${title}** | | | |`,
      ...Object.values<Sampler>(samplers)
        .filter((sampler) => sampler.group === group)
        .map((one) => `| ${one.title} (\`${one.name}\`) | ${costPerStep(one)} | ${traits(one)} | ${names(one)} |`),
    ]);
    return `| sampler | cost | | elsewhere |\n|---|---|---|---|\n${rows.join('\n')}`;
  },
  schedules: () => {
    const rows = Object.values<Schedule>(schedules).map(
      (one) => `| ${one.title} (\`${one.name}\`) | ${one.says} | ${names(one)} |`,
    );
    return `| schedule | | elsewhere |\n|---|---|---|\n${rows.join('\n')}`;
  },
  guidances: () => {
    const rows = Object.values<Guidance>(guidances).map(
      (one) => `| ${one.title} (\`${one.name}\`) | ${one.says} | ${1 + one.asks.length} |`,
    );
    return `| guidance | | texts asked |\n|---|---|---|\n${rows.join('\n')}`;
  },
};

const traits = ({ renews, cfgpp, reverses }: Sampler) =>
  [renews && 'eta', cfgpp && 'CFG++', reverses && 'backwards'].filter(Boolean).join(', ');
const names = ({ aliases = [] }: { aliases?: readonly string[] }) => aliases.map((name) => `\`${name}\``).join(' ');

/** A page with its tables as they should be: between `<!-- table: name -->` and `<!-- end -->`. */
export const withTables = (page: string): string =>
  page.replace(
    /(<!-- table: ([a-z]+) -->\n)[\s\S]*?(\n<!-- end -->)/g,
    (_, open: string, name: string, close: string) => `${open}${tables[name]?.() ?? ''}${close}`,
  );

function page(node: AnyNode): string {
  const { takes, gives, settings } = describeNode(node);
  return `### ${node.title}

\`${node.type}\`${node.sink ? ' · makes a graph run' : ''} · ${node.says}

${ports('Takes', takes)}${ports('Gives', gives)}${table(settings)}`;
}

function ports(heading: string, list: readonly PortWords[]): string {
  const rows = list.map(
    ({ title, kind, optional, says }) => `| ${title}${optional ? ' (optional)' : ''} | ${kind} | ${cell(says)} |`,
  );
  return rows.length ? `| ${heading} | kind | |\n|---|---|---|\n${rows.join('\n')}\n\n` : '';
}

function table(settings: readonly SettingWords[]): string {
  const rows = settings.map(
    ({ name, title, range, fallback, says }) =>
      `| ${title} (\`${name}\`) | ${range} | ${cell(fallback)} | ${cell(says)} |`,
  );
  return rows.length ? `| Setting | values | default | |\n|---|---|---|---|\n${rows.join('\n')}\n\n` : '';
}

const entries = (list: { name: string; title: string; says: string }[]) =>
  `${list.map(({ name, title, says }) => `- **${title}** (\`${name}\`): ${says}`).join('\n')}\n\n`;

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const docs = path.resolve(import.meta.dirname, '../docs');
  fs.writeFileSync(path.join(docs, 'nodes.md'), nodesPage());
  const page = path.join(docs, '12-samplers-and-schedules.md');
  fs.writeFileSync(page, withTables(fs.readFileSync(page, 'utf8')));
}
