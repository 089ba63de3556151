import type { Schedule } from '../sampling';
import { finished, karrasBetween } from '../spacing';

const karras: Schedule = {
  name: 'karras',
  title: 'Karras',
  says: 'Many small steps near the end, where fine detail is made; few at the beginning, where layout is.',
  aliases: ['use_karras_sigmas', 'Karras'],
  make: ({ steps, process }) => finished(karrasBetween(process.largest, process.smallest, steps), process),
};
export default karras;
