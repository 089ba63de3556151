/** Longest side of a thumbnail, in pixels. */
export const thumbSide = 384;
