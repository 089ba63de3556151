/** Longest expression that is worked out, in characters. */
const longest = 500;

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  // Python rounds halves to even.
  round: (value) => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)),
  int: Math.trunc,
  float: (value) => value,
  abs: Math.abs,
  sqrt: Math.sqrt,
  min: Math.min,
  max: Math.max,
};

/**
 * What an expression of ComfyUI's arithmetic nodes comes to, such as `floor(a * b + 1)`: numbers, names, brackets,
 * + - * / // % ** as in Python, and a few functions. Undefined for anything else, and where a name has no value.
 */
export function workOut(expression: string, names: Readonly<Record<string, number>>): number | undefined {
  if (expression.length > longest) return undefined;
  const tokens = expression.match(/\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|[A-Za-z_]\w*|\*\*|\/\/|[-+*/%(),]|\S/gi) ?? [];
  let next = 0;
  const takes = (...wanted: string[]) => (wanted.includes(tokens[next] ?? '') ? tokens[next++] : undefined);
  const must = (found: number | undefined): number => {
    if (found === undefined) throw new Unknown();
    return found;
  };
  const sum = (): number => {
    let value = product();
    for (let sign = takes('+', '-'); sign; sign = takes('+', '-')) value += (sign === '+' ? 1 : -1) * product();
    return value;
  };
  const product = (): number => {
    let value = signed();
    for (let sign = takes('*', '/', '//', '%'); sign; sign = takes('*', '/', '//', '%')) {
      const other = signed();
      if (sign === '*') value *= other;
      else if (sign === '%') value -= other * Math.floor(value / other);
      else value = sign === '/' ? value / other : Math.floor(value / other);
    }
    return value;
  };
  const signed = (): number => (takes('-') ? -signed() : takes('+') ? signed() : power());
  const power = (): number => {
    const value = atom();
    return takes('**') ? value ** signed() : value;
  };
  const atom = (): number => {
    const token = tokens[next++] ?? '';
    if (/^[\d.]/.test(token)) return must(Number.isFinite(Number(token)) ? Number(token) : undefined);
    if (token === '(') return closed(sum());
    if (!takes('(')) return must(Object.hasOwn(names, token) ? names[token] : undefined);
    const values = [sum()];
    while (takes(',')) values.push(sum());
    return closed(must(Object.hasOwn(functions, token) ? functions[token]!(...values) : undefined));
  };
  const closed = (value: number): number => must(takes(')') ? value : undefined);
  try {
    const value = sum();
    return next === tokens.length && Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

class Unknown extends Error {}
