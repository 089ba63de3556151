import { shifted } from '../flow';
import type { Schedule } from '../sampling';
import { finished, karrasBetween } from '../spacing';

const karras: Schedule = {
  name: 'karras',
  title: 'Karras',
  says: 'Many small steps near the end, where fine detail is made; few at the beginning, where layout is.',
  make: ({ steps, shift }) => finished(karrasBetween(1, shifted(1 / 1000, shift), steps)),
};
export default karras;
