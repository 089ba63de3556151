/** Numbers by name as text that gives back the very same ones: JSON has no NaN, infinities or -0. */
export const numbersText = (numbers: Readonly<Record<string, number>>): string =>
  JSON.stringify(Object.entries(numbers).map(([name, number]) => [name, exact(number)]));

/** The numbers that `numbersText` wrote. */
export function numbersFrom(text: string): Record<string, number> {
  const pairs = JSON.parse(text) as [string, string][]; // written above, and checked by a digest since
  return Object.fromEntries(pairs.map(([name, number]) => [name, Number(number)]));
}

const exact = (number: number): string => (Object.is(number, -0) ? '-0' : String(number));
