import { type ComponentType, lazy } from 'react';

/**
 * A part of the page that is read when it is first drawn; it belongs inside `Suspense`. Where it cannot be read, because the
 * server is gone or is a newer one by now, `instead` stands in its place: the rest of the page goes on.
 */
export function later<P extends object>(read: () => Promise<ComponentType<P>>, instead: ComponentType = () => null) {
  return lazy(async () => {
    try {
      return { default: await read() };
    } catch (error) {
      console.error('A part of the page could not be read:', error);
      return { default: instead as ComponentType<P> }; // It asks for nothing, so any props will do.
    }
  });
}
