/**
 * A prompt as ComfyUI's tokenizers read it: `(words)` and `(words:1.3)` weigh, brackets may lie in each other, and `\(` is a
 * bracket that is meant. `isWeighted`: it had words that weigh more or less than others.
 */
export function plainWords(prompt: string): { text: string; isWeighted: boolean } {
  const meant = prompt.replaceAll('\\(', '\u0001').replaceAll('\\)', '\u0002');
  let isWeighted = false;
  let text = meant;
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(/\(([^()]*)\)/g, (_, inner: string) => {
      const at = inner.lastIndexOf(':');
      const weight = at > 0 && inner.slice(at + 1).trim() !== '' ? Number(inner.slice(at + 1)) : Number.NaN;
      isWeighted ||= weight !== 1;
      return Number.isNaN(weight) ? inner : inner.slice(0, at);
    });
  }
  return { text: text.replaceAll('\u0001', '(').replaceAll('\u0002', ')'), isWeighted };
}
