/** What is multiplied by at every step. Keys and values of words are made once per prompt. */
const matrices =
  /^transformer_blocks\.\d+\.(attn1\.to_(q|k|v|out\.0)|attn2\.to_(q|out\.0)|ff\.net\.(0\.proj|2))\.weight$/;

/** Whether the fast mode brings a tensor of the denoiser to eight bits; all others stay exact. */
export const isFastMatrix = (tensor: string): boolean => matrices.test(tensor);
