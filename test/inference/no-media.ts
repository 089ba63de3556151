import type { Machine } from '../../nodes/machine';

const unused = () => {
  throw new Error('not needed by these graphs');
};

/** A door to media for graphs that have neither files nor films: whoever knocks is told so. */
export const noMedia: Machine['media'] = {
  image: unused,
  video: unused,
  resize: unused,
  mux: unused,
  still: unused,
  tensors: unused,
  saveTensors: unused,
};
