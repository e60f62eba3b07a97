import type { components } from './schema';

/** ISA-18.2 figures of a window; null where there is nothing to count. */
export type Performance = components['schemas']['Performance'];
